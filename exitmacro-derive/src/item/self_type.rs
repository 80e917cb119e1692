//! Whether a function is in an `impl` or a trait, by its mentions of `Self`.

use crate::diagnostic::error;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Result;

/// The macros of std that read their tokens as expressions, where `Self` is a type as anywhere
/// else. `stringify!` does not, and neither need others.
const OF_EXPRESSIONS: [&str; 21] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// What the tokens of a function mention.
#[derive(Default)]
struct Mentions {
    of_type: Option<Ident>,
    has_items: bool,
}

/// A function that mentions `Self` is in an `impl` or a trait, unless its body has an item that may
/// mention it.
pub(crate) fn check(function: TokenStream) -> Result<()> {
    let mut mentions = Mentions::default();
    mentions.look_for(function);
    match mentions.of_type.filter(|_| !mentions.has_items) {
        Some(name) => error(
            name.span(),
            "`#[at_exit]` needs a free function, which has no `Self`; move it out of the `impl`, \
             and write the name of the type",
        ),
        None => Ok(()),
    }
}

impl Mentions {
    fn look_for(&mut self, tokens: TokenStream) {
        let mut before = None;
        let mut is_of_tokens = false;
        for token in tokens {
            match &token {
                TokenTree::Ident(name) => self.note(name),
                TokenTree::Group(group) if !is_of_tokens => self.look_for(group.stream()),
                _ => {}
            }
            is_of_tokens = begins_macro_of_tokens(before.as_ref(), &token);
            before = Some(token);
        }
    }

    fn note(&mut self, name: &Ident) {
        // As a text once: each comparison of a name with a text makes one.
        match name.to_string().as_str() {
            "Self" => drop(self.of_type.get_or_insert_with(|| name.clone())),
            "impl" | "trait" | "struct" | "enum" | "union" => self.has_items = true,
            _ => {}
        }
    }
}

/// Whether the two are the name and the `!` of a macro that may do anything with its tokens.
fn begins_macro_of_tokens(name: Option<&TokenTree>, mark: &TokenTree) -> bool {
    let Some(TokenTree::Ident(name)) = name else { return false };
    matches!(mark, TokenTree::Punct(mark) if mark.as_char() == '!')
        && !is_keyword(name)
        && !OF_EXPRESSIONS.iter().any(|known| name == known)
}

/// As in `if !(…)`.
fn is_keyword(name: &Ident) -> bool {
    syn::parse2::<Ident>(name.to_token_stream()).is_err()
}

#[cfg(test)]
mod tests {
    use crate::marks;

    #[track_caller]
    fn check(code: &str) {
        marks::check(code, |text, problems| problems.keep(super::check(text.parse().unwrap())));
    }

    #[test]
    fn self_type_is_reported() {
        for code in [
            "fn f() { «Self»::g() }",
            "fn f(_: &«Self») {}",
            "fn f() -> Result<(), «Self»> { Ok(()) }",
            "fn f(self: Box<«Self»>, exit: &ExitContext) {}",
        ] {
            check(code);
        }
    }

    #[test]
    fn items_of_the_body_may_mention_it() {
        check("fn f() { struct S; impl S { fn new() -> Self { S } } }");
    }

    #[test]
    fn macros_of_expressions_mention_a_type() {
        for code in [
            "fn f() { println!(\"{}\", «Self»::NAME) }",
            "fn f() { std::assert_eq![g(vec![«Self»::X]), 1] }",
            "fn f() { if !(«Self»::g()) {} }",
        ] {
            check(code);
        }
    }

    #[test]
    fn other_macros_may_do_anything_with_it() {
        for code in [
            "fn f() { println!(\"{}\", stringify!(Self)) }",
            "fn f() { quote::quote! { Self { a: 5 } } }",
            "fn f() { stringify!(Self); «Self»::g() }",
            "fn f() { if a != (b) {} }",
        ] {
            check(code);
        }
    }
}
