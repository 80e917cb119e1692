//! The `impl` that `#[derive(AtExitCleanup)]` writes.
//!
//! A name of the user is copied into a token of the macro with the same place. Its own token would
//! count as code of the user, and rustc and clippy would warn, such as that the type is deprecated.

use crate::args::method::Method;
use crate::emit::options::calls;
use crate::emit::rival::with_rival;
use crate::emit::{on_resource, private, respanned, with_import};
use crate::features::Features;
use crate::item::bounds;
use crate::item::cleanup::{Body, Field, Input};
use crate::syntax::{Extent, between_ends_of_the_macro};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{ConstParam, GenericParam, Generics, Member};

pub(crate) fn implementation(input: &Input, features: Features) -> TokenStream {
    let (body, closing) = match &input.args.with {
        Some(method) => (by_method(method, "Cleanup", "cleaned"), closing_by_method(method)),
        None => (cleaned_by_fields(input), closing_by_fields(input)),
    };
    let closing = closing.filter(|_| features.futures);
    let (discard, options) = (discard(input), options(input));
    implementation_with(input, &body, &quote_spanned!(here()=> #closing #discard #options))
}

/// An `impl` that compiles for a type that has mistakes.
pub(crate) fn empty_implementation(input: &Input) -> TokenStream {
    implementation_with(input, &ok(), &TokenStream::new())
}

/// The `impl`, with the body of `cleanup`, and the methods that follow it.
fn implementation_with(input: &Input, body: &TokenStream, rest: &TokenStream) -> TokenStream {
    let private = private(here());
    let ident = rewritten(&input.ident);
    let (parameters, _, _) = input.generics.split_for_impl();
    let arguments = arguments(&input.generics, ident.span());
    // A bound that the user has written too is none that clippy reports.
    let parameters = between_ends_of_the_macro(&parameters);
    let clause = where_clause(input);
    let lints = &input.lints;
    let implementation = quote_spanned! {here()=>
        #[automatically_derived]
        #lints
        impl #parameters #private::AtExitCleanup for #ident #arguments #clause {
            fn cleanup(&self) -> #private::Result<(), #private::CleanupError> {
                #body
            }
            #rest
        }
    };
    with_import(input.args.crate_path.as_ref(), &with_rival(input, implementation))
}

/// The place of code that belongs to no code of the user.
fn here() -> Span {
    Span::mixed_site()
}

fn ok() -> TokenStream {
    let private = private(here());
    quote_spanned!(here()=> #private::Result::Ok(()))
}

fn rewritten(name: &Ident) -> Ident {
    respanned(name, here().located_at(name.span()))
}

/// The arguments of the type, at the place of its name. In braces a name can only be that of a
/// constant: without them it would be a type of that name, if there is one.
fn arguments(generics: &Generics, place: Span) -> Option<TokenStream> {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(ConstParam { ident, .. }) => quote_spanned!(here()=> { #ident }),
    });
    (!generics.params.is_empty()).then(|| quote_spanned!(place=> <#(#arguments),*>))
}

/// The conditions of the type, and the bounds of its fields. The trait's own bounds, `Send` and
/// `Sync`, apply to the type and not to its parameters: a `Mutex<T>` is `Sync` where `T` is not.
fn where_clause(input: &Input) -> Option<TokenStream> {
    let written = input.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    if input.generics.type_params().next().is_none() {
        return input
            .generics
            .where_clause
            .as_ref()
            .map(|_| quote_spanned!(here()=> where #(#written),*));
    }
    let private = private(here());
    let bounds = if input.args.with.is_none() { bounds::of(input) } else { Vec::new() };
    Some(quote_spanned! {here()=>
        where
            #(#written,)*
            #(#bounds: #private::AtExitCleanup,)*
            Self: #private::Send + #private::Sync
    })
}

/// The code that asks the method of `with` for something. Apart from that it is the same each time,
/// so that rustc reports a mistake in it once.
fn by_method(method: &Method, ask: &str, answer: &str) -> TokenStream {
    let private = private(at_name(method));
    let [ask, answer] = [ask, answer].map(|name| Ident::new(name, at_name(method)));
    let call = call(method, &private);
    quote_spanned! {at_name(method)=>
        #private::method(#private::Ask::#ask, || #call).#answer()
    }
}

/// The methods by which the value is closed by a future, if the method of `with` returns one.
fn closing_by_method(method: &Method) -> Option<TokenStream> {
    let is_async = by_method(method, "IsAsync", "is_async");
    let closing = by_method(method, "Closing", "closing");
    Some(closing_methods(&is_async, &closing))
}

fn closing_methods(is_async: &TokenStream, closing: &TokenStream) -> TokenStream {
    let private = private(here());
    quote_spanned! {here()=>
        fn is_async(&self) -> #private::bool {
            #is_async
        }
        fn closing(&self) -> #private::Option<#private::Closing<'_>> {
            #closing
        }
    }
}

/// Messages of rustc about the method point at its name.
fn at_name(method: &Method) -> Span {
    here().located_at(method.name().span())
}

fn call(method: &Method, private: &Ident) -> TokenStream {
    let path = method.path.to_token_stream().into_iter().map(unqualified);
    let own = method.is_own().then(|| quote_spanned!(at_name(method)=> Self::));
    if method.takes_self() {
        quote_spanned!(at_name(method)=> { #private::call(#own #(#path)*, self) })
    } else {
        quote_spanned!(at_name(method)=> { #(#path)*(self) })
    }
}

/// A token of a path. The user must write `self::close`, as `close` alone is a method of the type,
/// and rustc would report the `self` as not needed. It ignores a token of the macro.
fn unqualified(token: TokenTree) -> TokenTree {
    match token {
        TokenTree::Ident(name)
            if ["self", "super", "crate"].iter().any(|keyword| name == keyword) =>
        {
            rewritten(&name).into()
        }
        other => other,
    }
}

fn cleaned_by_fields(input: &Input) -> TokenStream {
    let private = private(here());
    on_fields(input, &ok(), |fields| {
        let fields = fields.iter().map(|(field, place)| {
            let name = display_name(&field.member);
            let result = on_field("cleanup", field, place);
            quote_spanned!(here()=> (#name, &|| #result))
        });
        quote_spanned!(here()=> #private::close_fields(&[#(#fields),*]))
    })
}

/// The methods by which the value is closed by a future, if a field is. A value without fields to
/// close needs none.
fn closing_by_fields(input: &Input) -> Option<TokenStream> {
    let private = private(here());
    let is_async = on_fields(input, &quote_spanned!(here()=> false), |fields| {
        let fields = fields.iter().map(|(field, place)| on_field("is_async", field, place));
        quote_spanned!(here()=> #(#fields)||*)
    });
    let nothing = quote_spanned!(here()=> #private::Option::None);
    let closing = on_fields(input, &nothing, |fields| {
        let fields = fields.iter().map(|(field, place)| {
            let name = display_name(&field.member);
            let part = on_field("closing_part", field, place);
            quote_spanned!(here()=> (#name, #part))
        });
        quote_spanned!(here()=> #private::closing_fields(#private::vec![#(#fields),*]))
    });
    // Not a call of the method: rustc would report there, too, that the type is not thread-safe.
    let closing = quote_spanned! {here()=>
        if !{ #is_async } {
            return #nothing;
        }
        #closing
    };
    let has_fields = input.body.fields().any(Field::is_cleaned);
    has_fields.then(|| closing_methods(&is_async, &closing))
}

/// The method `discard`: it calls the method of the argument, or else discards the fields.
fn discard(input: &Input) -> Option<TokenStream> {
    let body = match (&input.args.discard, &input.args.with) {
        (Some(method), _) => {
            let private = private(at_name(method));
            let call = call(method, &private);
            quote_spanned!(at_name(method)=> #private::discarded(#call))
        }
        (None, Some(_)) => return None,
        (None, None) if !input.body.fields().any(Field::is_cleaned) => return None,
        (None, None) => discarded_by_fields(input),
    };
    Some(quote_spanned! {here()=>
        fn discard(&self) {
            #body
        }
    })
}

fn discarded_by_fields(input: &Input) -> TokenStream {
    on_fields(input, &quote_spanned!(here()=> ()), |fields| {
        let calls = fields.iter().map(|(field, place)| on_field("discard", field, place));
        quote_spanned!(here()=> #(#calls;)*)
    })
}

fn on_field(method: &str, field: &Field, place: &TokenStream) -> TokenStream {
    on_resource(method, place, None, Extent::of(&field.ty))
}

/// What `code` writes for the fields to clean up and the expressions of their places. `nothing` is
/// written where there are no such fields.
fn on_fields(
    input: &Input,
    nothing: &TokenStream,
    code: impl Fn(&[(&Field, TokenStream)]) -> TokenStream,
) -> TokenStream {
    match &input.body {
        Body::Struct(fields) => on_struct(fields, nothing, code),
        Body::Enum(variants) => on_enum(variants, nothing, code),
    }
}

fn on_struct(
    fields: &[Field],
    nothing: &TokenStream,
    code: impl Fn(&[(&Field, TokenStream)]) -> TokenStream,
) -> TokenStream {
    let place = |field: &Field| {
        let member = member(field);
        quote_spanned!(here()=> self.#member)
    };
    let fields: Vec<_> = fields
        .iter()
        .filter(|field| field.is_cleaned())
        .map(|field| (field, place(field)))
        .collect();
    if fields.is_empty() { nothing.clone() } else { code(&fields) }
}

/// The variants without fields to clean up share the last arm.
fn on_enum(
    variants: &[(Ident, Vec<Field>)],
    nothing: &TokenStream,
    code: impl Fn(&[(&Field, TokenStream)]) -> TokenStream,
) -> TokenStream {
    let (with, without): (Vec<_>, Vec<_>) =
        variants.iter().partition(|(_, fields)| fields.iter().any(Field::is_cleaned));
    if with.is_empty() {
        return nothing.clone();
    }
    let arms = with.into_iter().map(|(variant, fields)| arm(variant, fields, &code));
    let others: Vec<_> = without.into_iter().map(|(variant, _)| rewritten(variant)).collect();
    let last = (!others.is_empty())
        .then(|| quote_spanned!(here()=> #(Self::#others { .. })|* => #nothing,));
    quote_spanned!(here()=> match self { #(#arms)* #last })
}

fn arm(
    variant: &Ident,
    fields: &[Field],
    code: impl Fn(&[(&Field, TokenStream)]) -> TokenStream,
) -> TokenStream {
    let variant = rewritten(variant);
    let fields: Vec<_> = fields.iter().filter(|field| field.is_cleaned()).collect();
    // Not likely names: a binding cannot have the name of a constant of the user.
    let names: Vec<_> = (0..fields.len())
        .map(|index| Ident::new(&format!("__exitmacro_field_{index}"), here()))
        .collect();
    let members = fields.iter().map(|field| member(field));
    let places: Vec<_> = fields
        .iter()
        .zip(&names)
        .map(|(field, name)| (*field, quote_spanned!(here()=> *#name)))
        .collect();
    let code = code(&places);
    quote_spanned!(here()=> Self::#variant { #(#members: #names,)* .. } => { #code })
}

fn member(field: &Field) -> TokenStream {
    match &field.member {
        Member::Named(name) => rewritten(name).into_token_stream(),
        Member::Unnamed(index) => index.into_token_stream(),
    }
}

/// The name of a field in reports.
fn display_name(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The method `options`, unless all options are the defaults, which the trait has.
fn options(input: &Input) -> Option<TokenStream> {
    let options = &input.args.options;
    let name = options.name.iter();
    let calls = calls(options);
    let calls = quote_spanned!(here()=> #(.name(#name))* #calls);
    let private = private(here());
    (!calls.is_empty()).then(|| {
        quote_spanned! {here()=>
            fn options(&self) -> #private::CleanupOptions {
                #private::CleanupOptions::new() #calls
            }
        }
    })
}
