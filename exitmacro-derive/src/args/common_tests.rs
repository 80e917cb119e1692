use super::*;
use syn::parse::Parser;

fn problem(text: &str) -> String {
    let parse = |input: ParseStream| name(input, "the default");
    parse.parse_str(text).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn plain_text_passes() {
    assert_eq!(problem("\"close the database\""), "");
}

#[test]
fn other_values_are_reported() {
    assert!(problem("close").starts_with("`name` expects a text in quotes"));
    assert!(problem("\"a\\nb\"").starts_with("control character in `name`"));
    assert_eq!(problem("\" \""), "empty `name`; leave it out to use the default");
}
