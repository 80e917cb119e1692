use super::*;
use crate::marks;
use proc_macro2::TokenStream;
use syn::parse::Parser;

const NAMES: &[&str] = &["speed", "quiet", "colours"];

fn read(text: &str, problems: &mut Problems) -> Vec<String> {
    let parse =
        |input: ParseStream| Ok(Reader::new(input, "test", NAMES).read_all(problems, read_one));
    parse.parse_str(text).unwrap().iter().map(Ident::to_string).collect()
}

fn read_one(reader: &mut Reader, key: Ident) -> Result<()> {
    match key.to_string().as_str() {
        "speed" => reader
            .value(key, "speed = fast", |input| {
                word(input, "speed", &[("slow", 1), ("normal", 2), ("fast", 3)])
            })
            .map(drop),
        "quiet" => reader
            .value_or(key, true, "quiet = yes", |input| {
                word(input, "quiet", &[("yes", true), ("no", false)])
            })
            .map(drop),
        "colours" => {
            reader.list(key, "colours(red)", |input| input.parse::<TokenStream>()).map(drop)
        }
        _ => reader.unknown(&key),
    }
}

#[track_caller]
fn check(code: &str) {
    marks::check(code, |text, problems| {
        read(text, problems);
    });
}

#[test]
fn keys_are_known_and_given_once() {
    check("«sped» = fast");
    check("speed = fast, «speed» = fast");
    check("«1»");
}

#[test]
fn what_is_in_front_of_an_argument_is_one_mistake() {
    for code in [
        "«#»[cfg(unix)] speed = fast",
        "quiet, «#»[cfg(a)] #[cfg(b)] speed = fast",
        "«pub» speed = fast",
        "«pub»(crate) speed = fast",
        "«let» speed = fast",
        "«-» speed = fast, «speed» = fast",
    ] {
        check(code);
    }
    check("«sped» = 5 «speed» = fast");
    check("speed = «5» «quiet» = yes");
}

#[test]
fn words_are_known_and_without_quotes() {
    let read = |text| {
        let words = [("slow", 1), ("normal", 2), ("fast", 3)];
        (|input: ParseStream| word(input, "speed", &words)).parse_str(text)
    };
    assert_eq!(["slow", "normal", "fast"].map(|text| read(text).unwrap()), [1, 2, 3]);
    check("speed = «\"fast\"»");
    check("speed = «light»");
}

#[test]
fn a_key_may_stand_alone() {
    for text in ["quiet", "quiet,", "quiet, speed = slow", "quiet = no"] {
        check(text);
    }
    check("quiet, «quiet»");
}

#[test]
fn a_key_alone_is_not_half_of_a_value() {
    check("«quiet» =");
    check("quiet«(»yes)");
    check("quiet «speed» = fast");
}

#[test]
fn a_list_stands_in_parentheses() {
    check("colours(red, green), quiet");
    for code in [
        "«colours»",
        "«colours», quiet",
        "colours «=» red",
        "colours «=» [red], quiet",
        "colours«[»red]",
        "colours «red»",
        "colours «red», green, quiet",
        "colours «=» red, dark::green, speed = slow",
        "colours «=» red, «redd» = green",
        "«colours»(), quiet",
        "colours(red), «colours»(green)",
    ] {
        check(code);
    }
}

#[test]
fn a_list_may_continue_another() {
    let check = |code| {
        marks::check(code, |text, problems| {
            let earlier = Keys(vec![quote::format_ident!("quiet")]);
            let parse = |input: ParseStream| {
                let reader = Reader::continued(earlier, input, "test", NAMES);
                assert_eq!(reader.read_all(problems, read_one).0[0], "quiet");
                Ok(())
            };
            parse.parse_str(text).unwrap();
        });
    };
    check("speed = fast");
    check("«quiet»");
}

#[test]
fn keys_of_bad_values_are_returned() {
    let keys = read("speed = 1, quiet =, other = 3", &mut Problems::default());
    assert_eq!(keys, ["speed", "quiet"]);
}
