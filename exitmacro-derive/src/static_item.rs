//! The static under `#[at_exit]`: one whose value can be cleaned up, or not.

use crate::diagnostic::{Problems, error};
use crate::extent::Extent;
use crate::item::Subject;
use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;
use syn::{Result, StaticMutability, Token, Type};

/// Reads it from its keyword on.
pub(crate) fn parse(input: ParseStream, problems: &mut Problems) -> Result<(Ident, Subject)> {
    input.parse::<Token![static]>()?;
    check_mutability(&input.parse()?, problems);
    let ident = input.parse()?;
    input.parse::<Token![:]>()?;
    // Whether the type can be cleaned up is left to rustc.
    let ty: Type = input.parse()?;
    check_need(&ty, problems);
    check_value(input)?;
    Ok((ident, Subject::Static { ty: Extent::of(&ty) }))
}

fn check_mutability(mutability: &StaticMutability, problems: &mut Problems) {
    if let StaticMutability::Mut(keyword) = mutability {
        problems.at(keyword, "`#[at_exit]` cannot share a `static mut`; use a `static` with a `OnceLock` or a `Mutex`");
    }
}

/// rustc would recommend a cell for what is no cleanup, also for a cell.
fn check_need(ty: &Type, problems: &mut Problems) {
    if let Type::Path(path) = ty
        && let Some(name) =
            path.path.segments.last().filter(|segment| segment.ident == "AtExitCell")
    {
        let what = "an `AtExitCell` is dropped at exit by itself; remove `#[at_exit]`, and use the cell's `priority`, `timeout` and `name`";
        problems.at(&name.ident, what);
    }
}

/// Without one it is in an `extern` block.
fn check_value(input: ParseStream) -> Result<()> {
    if let Some(semicolon) = input.parse::<Option<Token![;]>>()? {
        return error(semicolon.span, "`#[at_exit]` needs a `static` with a value");
    }
    // The value is rustc's business.
    input.parse::<TokenStream>().map(drop)
}
