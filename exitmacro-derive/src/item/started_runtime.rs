//! What `#[tokio::main]` leaves of an `async fn main` when it stands above `#[exitmacro::main]`,
//! and is therefore expanded first: a `fn` that builds a runtime, which blocks on the body.
//!
//! The code is recognised by its form: `let body = async { … };` first, and `.block_on(body)`
//! later. A `fn` that was written in this form means the same.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The function with another future in the place of its body, or `None` if it is of another form.
/// `written` is the function without its attributes.
pub(crate) fn with_future(
    written: &TokenStream,
    future: impl Fn(&Ident) -> TokenStream,
) -> Option<TokenStream> {
    let mut tokens: Vec<_> = written.clone().into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.last_mut() else { return None };
    let name = name_of_future(body.stream())?;
    let (changed, count) = awaited_elsewhere(body.stream(), &name, &future(&name));
    *body = regrouped(body, changed);
    (count == 1).then(|| tokens.into_iter().collect())
}

/// The name in `let name = async`, with which the function begins.
fn name_of_future(body: TokenStream) -> Option<Ident> {
    let mut words = body.into_iter();
    let mut is_next = |text: &str| words.next().is_some_and(|word| word.to_string() == text);
    if !is_next("let") {
        return None;
    }
    let Some(TokenTree::Ident(name)) = words.next() else { return None };
    let mut is_next = |text: &str| words.next().is_some_and(|word| word.to_string() == text);
    (is_next("=") && is_next("async")).then_some(name)
}

/// Puts `future` in the place of `name` in each `block_on(name)`. Returns how many there are.
fn awaited_elsewhere(
    tokens: TokenStream,
    name: &Ident,
    future: &TokenStream,
) -> (TokenStream, usize) {
    let mut count = 0;
    let mut is_block_on = false;
    let changed = tokens
        .into_iter()
        .map(|token| {
            let was_block_on = is_block_on;
            is_block_on = matches!(&token, TokenTree::Ident(word) if word == "block_on");
            let TokenTree::Group(group) = token else { return token };
            if was_block_on && is_call_with(&group, name) {
                count += 1;
                return regrouped(&group, future.clone()).into();
            }
            let (inside, more) = awaited_elsewhere(group.stream(), name, future);
            count += more;
            // An untouched group keeps the places of its brackets.
            if more == 0 { group.into() } else { regrouped(&group, inside).into() }
        })
        .collect();
    (changed, count)
}

fn is_call_with(group: &Group, name: &Ident) -> bool {
    let mut arguments = group.stream().into_iter();
    group.delimiter() == Delimiter::Parenthesis
        && matches!(arguments.next(), Some(TokenTree::Ident(argument)) if argument == *name)
        && arguments.next().is_none()
}

fn regrouped(group: &Group, stream: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), stream);
    changed.set_span(group.span());
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn changed(written: &str) -> Option<String> {
        let changed = with_future(&written.parse().unwrap(), |name| quote!(wrap(#name)))?;
        Some(changed.to_string())
    }

    #[test]
    fn the_future_of_a_started_runtime_is_replaced() {
        for (written, expected) in [
            (
                "fn main() { let body = async { serve(body) }; let body = { body }; \
                 { use tokio::runtime::Builder; return Builder::new().block_on(body); } }",
                "fn main() { let body = async { serve(body) }; let body = { body }; \
                 { use tokio::runtime::Builder; return Builder::new().block_on(wrap(body)); } }",
            ),
            (
                "fn main() -> u8 { let body = async {}; runtime().block_on(body) }",
                "fn main() -> u8 { let body = async {}; runtime().block_on(wrap(body)) }",
            ),
        ] {
            let expected: TokenStream = expected.parse().unwrap();
            assert_eq!(changed(written), Some(expected.to_string()));
        }
    }

    #[test]
    fn other_functions_are_left_as_they_are() {
        for written in [
            "fn main() {}",
            "fn main();",
            "fn main() { let body = async {}; }",
            "fn main() { let body = serve(); runtime().block_on(body) }",
            "fn main() { let body = async {}; runtime().block_on(other) }",
            "fn main() { let body = async {}; runtime().block_on(body, 5) }",
            "fn main() { let (a, b) = async {}; runtime().block_on(a) }",
            "fn main() { let body = async {}; a.block_on(body); b.block_on(body) }",
        ] {
            assert_eq!(changed(written), None, "{written}");
        }
    }
}
