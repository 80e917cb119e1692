use super::*;
use crate::marks;

#[track_caller]
fn check(code: &str) {
    marks::check(code, |text, problems| {
        problems.keep(syn::parse_str::<MainFn>(text).and_then(|main_fn| main_fn.check()));
    });
}

#[test]
fn other_return_types_are_left_to_rustc() {
    for output in ["", "-> !", "-> Result<(), E>", "-> ExitCode", "-> impl Termination", "-> Id"] {
        check(&format!("pub(crate) fn main() {output} {{}}"));
    }
}

#[test]
fn primitive_return_types_are_reported() {
    check("fn main() -> «u32» {}");
    check("#[tokio::main] async fn main() -> «bool» {}");
    check("#[snafu::report] fn main() -> u32 {}");
    check("fn main() -> module::u32 {}");
}

#[test]
fn attributes_are_split_between_the_two_functions() {
    let item = "#[doc = \"Docs.\"] #[cfg(unix)] #[inline] #[cfg_attr(a, cold, cfg(b))] \
                #[allow(c)] #[expect(d)] pub fn main() {}";
    let main_fn: MainFn = syn::parse_str(item).unwrap();
    let outer = quote!(
        #[doc = "Docs."] #[cfg(unix)] #[cfg_attr(a, cfg(b))] #[allow(c)] #[expect(d)]
    );
    assert_eq!(main_fn.outer.to_string(), outer.to_string());
    let function = quote!(
        #[inline]
        #[cfg_attr(a, cold)]
        fn main() {}
    );
    assert_eq!(main_fn.function().to_string(), function.to_string());
}

/// The attributes around the function that is put into an `async fn main`, and those of the one
/// that was written.
fn split(attributes: &str) -> (String, String) {
    let main_fn: MainFn =
        syn::parse_str(&format!("{attributes} pub async fn main() -> T {{}}")).unwrap();
    let (around, within) = main_fn.split_at_runtime();
    (
        around.to_string().replace(' ', ""),
        within.to_string().replace("async fn main () -> T { }", "").replace(' ', ""),
    )
}

#[test]
fn return_type_is_kept_where_it_is_known() {
    let kept = |item: &str| {
        syn::parse_str::<MainFn>(item)
            .unwrap()
            .kept_output()
            .map(|output| quote!(#output).to_string())
    };
    for attributes in ["", "#[inline]", "#[tokio::main]", "#[cfg_attr(a, smol::main, cold)]"] {
        assert_eq!(
            kept(&format!("{attributes} async fn main() -> Own {{}}")).as_deref(),
            Some("-> Own"),
            "{attributes}"
        );
    }
    for item in [
        "#[snafu::report] fn main() {}",
        "#[cfg_attr(a, throws)] fn main() {}",
        "fn main() -> impl Termination {}",
        "fn main() -> Result<impl Termination, E> {}",
    ] {
        assert_eq!(kept(item), None, "{item}");
    }
}

#[test]
fn attribute_of_a_runtime_moves_to_the_outer_function() {
    let text = "#[tokio::main(flavor = \"current_thread\")]";
    assert_eq!(split(&format!("/// Docs.\n {text}")), (text.replace(' ', ""), String::new()));
    let text = "#[cfg_attr(a,tokio::main)]#[cfg_attr(not(a),inline,smol::main)]";
    assert_eq!(split(text), (text.to_owned(), String::new()));
}

#[test]
fn other_macros_see_the_future_as_it_was_written() {
    let expected =
        ("#[inline]#[main]".to_owned(), "#[instrument(err)]#[cfg_attr(a,trace)]".to_owned());
    assert_eq!(
        split("#[instrument(err)] #[inline] #[allow(x)] #[main] #[cfg_attr(a, trace)]"),
        expected
    );
}

#[test]
fn every_macro_may_be_a_runtime_of_another_name() {
    assert_eq!(
        split("#[inline]#[runtime]#[trace]"),
        ("#[inline]#[runtime]#[trace]".to_owned(), String::new())
    );
}

#[test]
fn async_needs_a_runtime() {
    for attributes in [
        "",
        "#[inline]",
        "/// Docs.\n",
        "#[allow(unused)] #[rustfmt::skip]",
        "#[cfg_attr(a, inline, doc = \"b\")]",
        "#[unsafe(no_mangle)]",
    ] {
        check(&format!("{attributes} «async» fn main() {{}}"));
    }
}

#[test]
fn async_under_another_macro_is_left_to_it() {
    for attributes in [
        "#[tokio::main(flavor = \"current_thread\")]",
        "#[runtime]",
        "#[inline] #[cfg_attr(a, cfg_attr(b, tokio::main))]",
    ] {
        check(&format!("{attributes} async fn main() {{}}"));
    }
}

#[test]
fn const_unsafe_and_extern_are_reported() {
    check("«const» «unsafe» «extern \"C\"» fn main() {}");
}

#[test]
fn generics_are_reported() {
    for code in [
        "fn main«<T>»() {}",
        "fn main«<'a>»() {}",
        "fn main«<const N: usize>»() {}",
        "fn main<#[cfg(a)] T>() {}",
        "fn main() «where» String: Sized {}",
    ] {
        check(code);
    }
}

#[test]
fn parameters_are_reported_once() {
    for code in [
        "fn main(«x: u32», y: u32) {}",
        "fn main(«&self») {}",
        "fn main(x: «...») {}",
        "fn main(#[cfg(a)] x: u32) {}",
    ] {
        check(code);
    }
}

#[test]
fn missing_body_is_reported() {
    check("fn main()«;»");
}

#[test]
fn second_attribute_is_reported() {
    for path in ["exitmacro::main", "::exitmacro::main"] {
        check(&format!("«#[{path}(signals)]» fn main() {{}}"));
    }
}

#[test]
fn other_items_are_reported() {
    for code in [
        "fn «start»(x: u32) {}",
        "async fn «r#type»() {}",
        "«struct» S;",
        "«static» S: u8 = 0;",
        "unsafe «extern» \"C\" {}",
        "«vec»![1];",
        "«{»}",
    ] {
        check(code);
    }
}

#[test]
fn every_mistake_is_reported() {
    check("«async» «unsafe» fn main«<T>»(«x: T») «where» T: Copy«;»");
}

#[test]
fn a_second_configuration_is_reported_by_any_path() {
    check("«#[exitmacro::main]» fn main() {}");
    check("«#[::exitmacro::main(threads = 8)]» fn main() {}");
    check("«#[main(budget = \"5s\")]» fn main() {}");
    check("«#[exit::main(crate = exit, signals)]» fn main() {}");
    check("#[main] fn main() {}");
    check("#[tokio::main(flavor = \"current_thread\", crate = \"status\")] async fn main() {}");
    check("#[smol_potat::main(threads = 3)] async fn main() {}");
    check("#[monoio::main(threads = 2, timer_enabled = true)] async fn main() {}");
    check("#[other(budget = \"5s\")] fn main() {}");
}
