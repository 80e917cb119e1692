//! Keeps `#[cleanup(…)]` from naming a method of the very trait that is derived.

use crate::emit::respanned;
use crate::item::cleanup::Input;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;

/// The methods of `AtExitCleanup`.
const OF_THE_TRAIT: &[&str] = &[
    "cleanup",
    "is_async",
    "closing",
    "closing_part",
    "cleanup_at_exit",
    "cleanup_mut",
    "take_out",
    "is_taken",
    "cleanup_taken",
    "cleanup_in_time",
    "hasten",
    "discard",
    "options",
];

/// Where the type has no method of the name that `with` or `discard` gives, the name may mean a
/// method of the trait, which is about to be written and would call itself without end. Another
/// trait with a method of that name makes it ambiguous then. A method of the type comes before
/// both.
pub(super) fn with_rival(input: &Input, implementation: TokenStream) -> TokenStream {
    let mut names: Vec<_> = [&input.args.with, &input.args.discard]
        .into_iter()
        .flatten()
        .filter(|method| method.takes_self())
        .map(|method| method.name().unraw())
        .filter(|name| OF_THE_TRAIT.iter().any(|known| name == known))
        .map(|name| respanned(&name, Span::mixed_site()))
        .collect();
    names.dedup();
    if names.is_empty() {
        return implementation;
    }
    quote_spanned! {Span::mixed_site()=>
        trait NoMethodOfTheType {
            #(fn #names(&self) {})*
        }
        impl<Type: ?Sized> NoMethodOfTheType for Type {}
        #implementation
    }
}
