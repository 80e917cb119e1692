use super::*;
use crate::marks;

#[track_caller]
fn check(code: &str) {
    marks::check(code, |text, problems| {
        let found = Handler::read(text.parse().unwrap(), problems).map(drop);
        problems.keep(found);
    });
}

#[test]
fn four_signatures_are_accepted() {
    for item in [
        "fn f() {}",
        "fn f() -> Result<(), E> { Ok(()) }",
        "fn f(exit: &ExitContext) {}",
        "fn f(_: &'_ exitmacro::ExitContext,) -> Result<(), E> { Ok(()) }",
    ] {
        check(item);
    }
}

#[test]
fn visibility_const_and_attributes_are_accepted() {
    check("/// Docs.\n #[inline] pub(in crate::a) const fn r#type() {}");
    check("fn f((ExitContext { .. }): (&ExitContext)) {}");
}

#[test]
fn types_behind_a_reference_are_left_to_rustc() {
    check("fn f(x: &u32) -> u32 { *x }");
}

#[test]
fn async_signatures_are_the_same() {
    for code in [
        "async fn f() {}",
        "pub async fn f(_: &ExitContext) -> Result<(), E> { Ok(()) }",
        "async fn f() -> «!» { loop {} }",
        "async «unsafe» fn f() {}",
    ] {
        check(code);
    }
}

#[test]
fn unsafe_and_extern_are_reported() {
    check("«unsafe» «extern \"C\"» fn f() {}");
}

#[test]
fn generics_are_reported() {
    for code in [
        "fn f«<T>»() {}",
        "fn f«<'a>»(x: &'a ExitContext) {}",
        "fn f«<const N: usize>»() {}",
        "fn f() «where» String: Sized {}",
    ] {
        check(code);
    }
}

#[test]
fn receiver_is_reported() {
    for code in [
        "fn f(«self») {}",
        "fn f(&mut «self») {}",
        "fn f(«self»: Pool, exit: &ExitContext) {}",
        "fn f(&«self»);",
    ] {
        check(code);
    }
}

#[test]
fn second_parameter_is_reported() {
    check("fn f(a: &ExitContext, «b: u32», c: u32) {}");
}

#[test]
fn variadic_is_reported() {
    check("fn f(x: «...») {}");
    // Not in `tests/ui`, where rustc would add that such functions are unstable.
    let mut problems = Problems::default();
    let _ = Handler::read("fn f(x: ...) {}".parse().unwrap(), &mut problems);
    assert_eq!(
        problems.messages(),
        ["a handler cannot be variadic; it takes no parameter or `&exitmacro::ExitContext`"]
    );
}

#[test]
fn parameter_that_is_no_shared_reference_is_reported() {
    for code in [
        "fn f(x: «ExitContext») {}",
        "fn f(x: «*const u8») {}",
        "fn f(x: «impl Copy») {}",
        "fn f(x: «&(impl Copy)») {}",
        "fn f(x: &«mut» ExitContext) {}",
    ] {
        check(code);
    }
}

#[test]
fn parameters_that_conditions_take_away_are_accepted() {
    for code in [
        "fn f(#[cfg(a)] x: &ExitContext) {}",
        "fn f(#[cfg(a)] x: &ExitContext, #[cfg_attr(b, cfg(c))] y: &ExitContext, z: &Context) {}",
        "fn f<#[cfg(a)] T>() {}",
        "fn f(#[allow(a)] a: &ExitContext, «#[cfg_attr(b, allow(c))] b: &ExitContext») {}",
        "fn f(#[cfg(a)] x: «u32») {}",
    ] {
        check(code);
    }
}

#[test]
fn never_is_reported() {
    check("fn f() -> «!» { loop {} }");
}

#[test]
fn missing_body_is_reported() {
    check("fn f()«;»");
}

#[test]
fn second_attribute_is_reported() {
    check("#[inline] «#[exitmacro::at_exit(priority = 1)]» fn f() {}");
}

#[test]
fn other_items_are_reported() {
    for code in [
        "«struct» S;",
        "pub «enum» E {}",
        "«const» X: fn() = f;",
        "«const» _: () = ();",
        "unsafe «impl» S {}",
        "«mod» m {}",
        "«union» U { a: u8 }",
        "«use» a::b;",
        "unsafe «extern» \"C\" {}",
        "«macro_rules»! m { () => {} }",
        "«thread_local»! { static S: u8 = 0; }",
        "«{»}",
    ] {
        check(code);
    }
}

#[test]
fn static_is_accepted() {
    check("static S: u8 = 0;");
    check(
        "#[doc(hidden)] pub(crate) static S: std::sync::LazyLock<Pool<'static>> = \
         LazyLock::new(|| Pool::open());",
    );
}

#[test]
fn cells_of_other_crates_are_accepted() {
    check("static S: own::AtExitCell<Pool> = own::AtExitCell::new();");
    check("static S: exitmacro::own::AtExitCell = exitmacro::own::AtExitCell::new();");
}

#[test]
fn static_that_cannot_be_cleaned_up_is_reported() {
    for code in [
        "static «mut» S: u8 = 0;",
        "pub static S: u8«;»",
        "static «mut» S: u8«;»",
        "static S: «AtExitCell»<Pool> = AtExitCell::new();",
        "static S: exitmacro::«AtExitCell»<Pool> = AtExitCell::new();",
        "static S: ::exitmacro::«AtExitCell»<Pool> = AtExitCell::new();",
    ] {
        check(code);
    }
}

#[test]
fn every_mistake_is_reported() {
    check("«unsafe» fn f«<T>»(x: «T», «y: u32») -> «!» { loop {} }");
}

#[test]
fn the_main_function_is_reported() {
    check("fn «main»() {}");
    check("async fn «r#main»() -> Result<(), E> { Ok(()) }");
    check("static main: u8 = 0;");
}

#[test]
fn runtimes_of_a_future_are_reported() {
    check("«#[tokio::main]» async fn f() {}");
    check("/// Docs.\n «#[cfg_attr(unix, rt::main(flavor = \"current_thread\"))]» async fn f() {}");
    check("#[tokio::main] fn f() {}");
    check("#[tokio::test] async fn f() {}");
}
