//! A list that lacks its brackets, as in `signals = INT, TERM` and `after = a, b`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::fmt::{self, Display, Formatter};
use syn::parse::ParseStream;
use syn::{Result, Token, Type};

/// The paths of the list.
pub(crate) struct BareList(Vec<Type>);

impl BareList {
    /// Reads paths up to another value, or up to one of `names`, which are the names of arguments.
    /// Without the paths that follow the first one, each of them would be a second error.
    pub(crate) fn parse(input: ParseStream, names: &[&str]) -> Result<Self> {
        let mut paths = Vec::new();
        while let Some(path) = element(input, names, !paths.is_empty())? {
            paths.push(path);
        }
        Ok(Self(paths))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The next path, after a separator if another one is in front of it.
fn element(input: ParseStream, names: &[&str], is_separated: bool) -> Result<Option<Type>> {
    let ahead = input.fork();
    if is_separated && !separator(&ahead)? {
        return Ok(None);
    }
    let Ok(path) = ahead.parse::<Type>() else { return Ok(None) };
    if !is_path(&path, names) || !is_end(&ahead) {
        return Ok(None);
    }
    if is_separated {
        separator(input)?;
    }
    input.parse().map(Some)
}

/// The names of flags are often separated by `|`.
fn separator(input: ParseStream) -> Result<bool> {
    Ok(input.parse::<Option<Token![,]>>()?.is_some()
        || input.parse::<Option<Token![|]>>()?.is_some())
}

fn is_path(ty: &Type, names: &[&str]) -> bool {
    let Type::Path(path) = ty else { return false };
    path.qself.is_none() && !names.iter().any(|name| path.path.is_ident(name))
}

fn is_end(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![|])
}

impl ToTokens for BareList {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let paths = &self.0;
        tokens.extend(quote!(#(#paths),*));
    }
}

/// As the list is written in its brackets: "INT, TERM".
impl Display for BareList {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let text = |path: &Type| path.to_token_stream().to_string().replace(' ', "");
        f.write_str(&self.0.iter().map(text).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    /// The list, and what follows it.
    fn read(text: &str) -> (String, String) {
        let parse = |input: ParseStream| {
            let list = BareList::parse(input, &["timeout", "concurrent"])?;
            let rest: TokenStream = input.parse()?;
            Ok((list.to_string(), rest.to_string()))
        };
        parse.parse_str(text).unwrap()
    }

    #[test]
    fn paths_are_read_up_to_another_argument() {
        for (text, list, rest) in [
            ("a", "a", ""),
            ("a, b::c, Pool<Db>", "a, b::c, Pool<Db>", ""),
            ("INT | TERM", "INT, TERM", ""),
            ("a, b,", "a, b", ","),
            ("a, concurrent", "a", ", concurrent"),
            ("a, timeout = \"5s\"", "a", ", timeout = \"5s\""),
            ("a, tiemout = \"5s\"", "a", ", tiemout = \"5s\""),
            ("a, befor (b)", "a", ", befor (b)"),
            ("a b", "", "a b"),
            ("a, 5", "a", ", 5"),
            ("5, a", "", "5 , a"),
        ] {
            assert_eq!(read(text), (list.to_owned(), rest.to_owned()), "{text}");
        }
    }
}
