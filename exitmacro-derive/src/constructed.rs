//! The constructor of an element that linkme does not collect: that of `config!`, and on WASI,
//! where linkme collects none, that of each handler.

use proc_macro2::TokenStream;
use quote::quote;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use syn::{ItemStatic, Path, parse2};

/// The element as it was written, without the attribute that names the module of `Node`, and a
/// constructor that puts it on the list.
///
/// rustc has the linker look for all names that are exported. So the constructor is exported: then
/// the linker takes the object file of the element, also if the program uses no other name of it.
pub(crate) fn expand(list: &TokenStream, element: TokenStream) -> TokenStream {
    expansion(list, element).unwrap_or_else(|error| error.to_compile_error())
}

fn expansion(list: &TokenStream, element: TokenStream) -> syn::Result<TokenStream> {
    let mut element: ItemStatic = parse2(element)?;
    let module = module(&mut element)?;
    let (name, ty, start) = (&element.ident, &element.ty, start_of_name());
    Ok(quote! {
        #element
        const _: () = {
            static NODE: #module::Node<#ty> = #module::Node::new(&#name);
            #[cfg_attr(
                target_os = "wasi",
                unsafe(export_name = #module::concat!(#start, #module::module_path!()))
            )]
            extern "C" fn put() {
                #list.put(&NODE);
            }
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCT"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".init_array.100")
            )]
            static CONSTRUCTOR: extern "C" fn() = put;
        };
    })
}

/// The path in `#[linkme(crate = …)]`, which is removed.
fn module(element: &mut ItemStatic) -> syn::Result<Option<Path>> {
    let mut module = None;
    for attribute in element.attrs.extract_if(.., |one| one.path().is_ident("linkme")) {
        attribute.parse_nested_meta(|meta| {
            module = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(module)
}

/// What the exported name begins with; the module path follows. No two elements of a program have
/// the same name. Those of one crate differ by the number. Two crates may have the same name: the
/// library and the program of a package, or two versions of a library.
fn start_of_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let variable = |name| env::var(name).unwrap_or_default();
    let (version, program) = (variable("CARGO_PKG_VERSION"), variable("CARGO_BIN_NAME"));
    format!("exitmacro:{number}:{program}:{version}:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(element: TokenStream) -> String {
        expand(&quote!(p::LIST), element).to_string()
    }

    #[test]
    fn an_element_keeps_its_other_attributes() {
        let text = expanded(quote! {
            #[linkme(crate = p::list)]
            #[cfg(all())]
            static ELEMENT: u8 = 1;
        });
        let item = quote! {
            #[cfg(all())]
            static ELEMENT: u8 = 1;
        };
        assert!(text.starts_with(&item.to_string()), "{text}");
        assert!(text.contains(&quote!(p::list::Node::new(&ELEMENT)).to_string()), "{text}");
        assert!(!text.contains("linkme"), "{text}");
    }

    #[test]
    fn two_elements_have_different_names() {
        assert_ne!(start_of_name(), start_of_name());
    }

    #[test]
    fn only_a_static_is_an_element() {
        let text = expanded(quote!(
            fn element() {}
        ));
        assert_eq!(crate::expansions::errors(&text), 1, "{text}");
    }
}
