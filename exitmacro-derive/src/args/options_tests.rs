use super::*;
use crate::diagnostic::Problems;
use crate::marks;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident};
use syn::parse::Parser;

/// What `target` reads of `text`, and the names that it knows.
fn read(text: &str, target: &Target, problems: &mut Problems) -> (HandlerOptions, Vec<String>) {
    let mut options = HandlerOptions::default();
    let keys = (|input: ParseStream| {
        Ok(Reader::new(input, target.of, target.names)
            .read_all(problems, |reader, key| options.read(reader, key, target)))
    })
    .parse_str(text)
    .unwrap();
    (options, keys.iter().map(Ident::to_string).collect())
}

fn options(text: &str) -> HandlerOptions {
    let mut problems = Problems::default();
    let (options, _) = read(text, &AT_EXIT, &mut problems);
    assert!(problems.messages().is_empty(), "{text}");
    options
}

#[track_caller]
fn check(code: &str) {
    for target in [&AT_EXIT, &CLEANUP] {
        marks::check(code, |text, problems| _ = read(text, target, problems));
    }
}

#[track_caller]
fn check_at_exit(code: &str) {
    marks::check(code, |text, problems| _ = read(text, &AT_EXIT, problems));
}

#[test]
fn every_listed_option_is_read() {
    for target in [AT_EXIT, CLEANUP] {
        for name in target.names {
            let own = ["alias", "with", "discard", "crate"].contains(name);
            let (_, known) = read(name, &target, &mut Problems::default());
            assert_eq!(known.is_empty(), own, "{name}");
        }
    }
}

#[test]
fn no_options_have_no_values() {
    let HandlerOptions {
        priority: None,
        timeout: None,
        name: None,
        after: None,
        before: None,
        concurrent: None,
        when: None,
        thread: None,
        fork: None,
    } = options("")
    else {
        panic!()
    };
}

#[test]
fn option_of_the_other_macro_is_unknown() {
    for name in ["when", "thread", "fork"] {
        let (_, known) = read(&format!("{name} = x"), &CLEANUP, &mut Problems::default());
        assert!(known.is_empty(), "{name}");
        marks::check(&format!("«{name}» = runner"), |text, problems| {
            read(text, &CLEANUP, problems);
        });
    }
}

#[test]
fn timeout_is_a_duration_in_quotes() {
    for value in ["«5»", "«250ms»", "«1.5»", "«Duration»::from_secs(5)", "«b\"5s\"»", "«\"0s\"»"]
    {
        check(&format!("timeout = {value}"));
    }
}

#[test]
fn name_is_a_line_of_text() {
    assert_eq!(
        options("name = \"close the database\"").name.unwrap().value(),
        "close the database"
    );
    for value in ["«close»", "«\"a\\nb\"»", "«\" \"»", "«\"\"»"] {
        check(&format!("name = {value}"));
    }
}

#[test]
fn when_is_one_of_four_words() {
    for (text, expected) in [
        ("always", When::Always),
        ("success", When::Success),
        ("failure", When::Failure),
        ("signal", When::Signal),
    ] {
        assert_eq!(options(&format!("when = {text}")).when, Some(expected));
    }
    for value in ["«signals»", "«error»", "«\"failure\"»"] {
        check_at_exit(&format!("when = {value}"));
    }
}

#[test]
fn thread_and_fork_are_one_of_two_words() {
    assert_eq!(options("thread = runner").thread, Some(Thread::Runner));
    assert_eq!(options("thread = caller").thread, Some(Thread::Caller));
    assert_eq!(options("fork = owner").fork, Some(Fork::Owner));
    assert_eq!(options("fork = inherit").fork, Some(Fork::Inherit));
    for code in [
        "thread = «runer»",
        "thread = «main»",
        "thread = «\"caller\"»",
        "fork = «inherited»",
        "fork = «child»",
        "fork = «true»",
    ] {
        check_at_exit(code);
    }
}

#[test]
fn concurrent_takes_no_value() {
    assert_eq!(options("concurrent").concurrent.unwrap(), format_ident!("concurrent"));
    for code in [
        "concurrent «=» true",
        "concurrent«(»true)",
        "concurrent«:» 5",
        "concurrent «name» = \"a\"",
    ] {
        check(code);
    }
}

#[test]
fn edges_stand_in_parentheses() {
    let options = options("before(c::d), after(a, b),");
    let edges: Vec<_> = options
        .edges()
        .map(|(name, path)| (name, path.into_token_stream()))
        .map(|(name, path): (_, TokenStream)| format!("{name} {path}"))
        .collect();
    assert_eq!(edges, ["after a", "after b", "before c :: d"]);
    for code in [
        "after «=» close_db",
        "after«:» close_db",
        "after«[»close_db]",
        "after «close_db»",
        "after «=» (close_db)",
        "«before»",
        "«before», name = \"a\"",
        "«after»(), name = \"a\"",
        "before(«\"close_log\"»)",
    ] {
        check(code);
    }
}
