//! What `#[tokio::main]` leaves of an `async fn main` when it stands above `#[exitmacro::main]`,
//! and is therefore expanded first: a `fn` that builds a runtime, which blocks on the body.
//!
//! The code is recognised by its form: `let body = async { … };` first, and `.block_on(body)` at
//! the end, so that `main` returns what the future returns, and does nothing after it. A `fn` that
//! was written in this form means the same. Another `fn` that builds a runtime may continue when
//! the future has ended, so its handlers run when it has returned.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The function with another future in the place of its body, or `None` if it is of another form.
/// `written` is the function without its attributes.
pub(crate) fn with_future(
    written: &TokenStream,
    future: impl Fn(&Ident) -> TokenStream,
) -> Option<TokenStream> {
    let mut tokens: Vec<_> = written.clone().into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.last_mut() else { return None };
    let statements: Vec<_> = body.stream().into_iter().collect();
    let (name, end) = name_and_end(&statements)?;
    let start = statements.iter().take(statements.len() - end.len()).cloned();
    let changed = awaited_elsewhere(end, name, &future(name))?;
    *body = regrouped(body, start.chain(changed).collect());
    Some(tokens.into_iter().collect())
}

/// The name in `let name = async { … };`, with which the body begins, and what follows.
fn name_and_end(body: &[TokenTree]) -> Option<(&Ident, &[TokenTree])> {
    let (name, value) = bound(body)?;
    let [keyword, TokenTree::Group(_), semicolon, end @ ..] = value else { return None };
    let end = (is(keyword, "async") && is(semicolon, ";")).then_some(end)?;
    Some((name, after_check(end, name)))
}

/// The name in `let name =`, and what follows.
fn bound(tokens: &[TokenTree]) -> Option<(&Ident, &[TokenTree])> {
    match tokens {
        [keyword, TokenTree::Ident(name), equals, value @ ..]
            if is(keyword, "let") && is(equals, "=") =>
        {
            Some((name, value))
        }
        _ => None,
    }
}

/// What follows `let body = { … };`, in which newer versions of tokio check the type of the future.
fn after_check<'a>(tokens: &'a [TokenTree], name: &Ident) -> &'a [TokenTree] {
    match bound(tokens) {
        Some((again, [TokenTree::Group(_), semicolon, end @ ..]))
            if again == name && is(semicolon, ";") =>
        {
            end
        }
        _ => tokens,
    }
}

/// Puts `future` in the place of `name` in the `block_on(name)` with which `tokens` end, also
/// inside a block with which they end. `None` if they contain more than that.
fn awaited_elsewhere(
    tokens: &[TokenTree],
    name: &Ident,
    future: &TokenStream,
) -> Option<TokenStream> {
    let (tokens, semicolon) = match tokens {
        [tokens @ .., last] if is(last, ";") => (tokens, Some(last)),
        _ => (tokens, None),
    };
    let [start @ .., TokenTree::Group(group)] = tokens else { return None };
    let changed = match after_imports(start) {
        [] if group.delimiter() == Delimiter::Brace && semicolon.is_none() => {
            let inside: Vec<_> = group.stream().into_iter().collect();
            awaited_elsewhere(&inside, name, future)?
        }
        method if is_block_on(method, semicolon.is_some()) && is_call_with(group, name) => {
            future.clone()
        }
        _ => return None,
    };
    let group = regrouped(group, changed).into();
    Some(start.iter().cloned().chain([group]).chain(semicolon.cloned()).collect())
}

/// What follows attributes and each `use …;`.
fn after_imports(tokens: &[TokenTree]) -> &[TokenTree] {
    match tokens {
        [hash, TokenTree::Group(_), end @ ..] if is(hash, "#") => after_imports(end),
        [keyword, import @ ..] if is(keyword, "use") => {
            let length = import.iter().position(|token| is(token, ";"));
            length.map_or(tokens, |length| after_imports(&import[length + 1..]))
        }
        _ => tokens,
    }
}

/// Whether the tokens are `path::function().method().block_on`, whose value `main` returns.
fn is_block_on(tokens: &[TokenTree], is_statement: bool) -> bool {
    let (is_returned, called) = match tokens {
        [keyword, called @ ..] if is(keyword, "return") => (true, called),
        _ => (false, tokens),
    };
    let [receiver @ .., dot, method] = called else { return false };
    (is_returned || !is_statement)
        && is(dot, ".")
        && is(method, "block_on")
        && receiver.iter().all(is_of_method_calls)
}

/// Operators and closures would need other tokens.
fn is_of_method_calls(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        other => is(other, ".") || is(other, ":"),
    }
}

fn is(token: &TokenTree, text: &str) -> bool {
    match token {
        TokenTree::Ident(word) => *word == text,
        TokenTree::Punct(punct) => text.chars().eq([punct.as_char()]),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
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
        for written in [
            // tokio-macros 2.7.
            "fn main() { let body = async { serve(body) }; let body = { if false {} body }; \
             #[allow(clippy::expect_used)] { use ::tokio::runtime::Builder; \
             return Builder::new_multi_thread().worker_threads(2usize).enable_all() \
             .build().expect(\"a runtime\").block_on(body); } }",
            // tokio-macros 2.4.
            "fn main() { let body = async {}; #[allow(clippy::expect_used)] { \
             return tokio::runtime::Builder::new_current_thread().start_paused(true) \
             .build().expect(\"a runtime\").block_on(body); } }",
            "fn main() -> u8 { let body = async {}; runtime().block_on(body) }",
        ] {
            let expected: TokenStream =
                written.replace("block_on(body)", "block_on(wrap(body))").parse().unwrap();
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

    /// In these, `main` continues after the future, or does not return what it returns.
    #[test]
    fn functions_with_code_around_the_call_are_left_as_they_are() {
        for code in [
            "rt.block_on(body); save()",
            "rt.block_on(body); Err(\"a\".into())",
            "rt.block_on(body);",
            "return rt.block_on(body); fn other() {}",
            "{ return rt.block_on(body); } save()",
            "{ rt.block_on(body); save() }",
            "if rt.block_on(body).is_err() { save() }",
            "if a { return rt.block_on(body); }",
            "unsafe { rt.block_on(body) }",
            "match a { _ => return rt.block_on(body) }",
            "std::thread::spawn(move || rt.block_on(body)).join().unwrap()",
            "std::thread::spawn(move || { return rt.block_on(body); });",
            "move || rt.block_on(body)",
            "a + rt.block_on(body)",
            "!rt.block_on(body)",
            "rt.block_on(body)?",
            "Ok(rt.block_on(body))",
            "let guard = save(); rt.block_on(body)",
            "save(); rt.block_on(body)",
            "{ let guard = save(); return rt.block_on(body); }",
        ] {
            let written = format!("fn main() {{ let body = async {{}}; {code} }}");
            assert_eq!(changed(&written), None, "{written}");
        }
    }
}
