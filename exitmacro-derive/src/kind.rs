//! The kind of an item: the words in front of its name tell.

use crate::diagnostic::article;
use proc_macro2::Ident;
use std::fmt::{self, Display, Formatter};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Lit, Result, Token};

pub(crate) struct Kind {
    /// The first word that is not a qualifier.
    pub(crate) keyword: Ident,
    is_macro: bool,
}

impl Parse for Kind {
    /// Of an item without its attributes and its visibility.
    fn parse(input: ParseStream) -> Result<Self> {
        let mut keyword = input.call(Ident::parse_any)?;
        while ["const", "async", "unsafe", "extern"].iter().any(|qualifier| keyword == qualifier) {
            input.parse::<Option<Lit>>()?;
            if !next_is_keyword(input) {
                break;
            }
            keyword = input.call(Ident::parse_any)?;
        }
        Ok(Kind { keyword, is_macro: input.peek(Token![!]) })
    }
}

/// Whether a keyword follows, and not a name as in `const NAME` or a brace as in `extern {`.
fn next_is_keyword(input: ParseStream) -> bool {
    input.peek(Ident::peek_any) && !input.peek(syn::Ident) && !input.peek(Token![_])
}

/// As in "found a `struct`".
impl Display for Kind {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if self.is_macro {
            return f.write_str("a macro");
        }
        write!(f, "{} `{}`", article(&self.keyword.to_string()), self.keyword)
    }
}
