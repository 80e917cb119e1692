//! The options of a handler, as calls on the value that takes them.

use crate::args::options::{Fork, HandlerOptions, Thread, When};
use crate::emit::{duration, private};
use crate::syntax::Extent;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{Expr, Type};

/// All options but `name`: a handler takes it when it is made, and a value by a call.
///
/// Every field is named, so that an option that is added is not forgotten here.
pub(super) fn calls(options: &HandlerOptions) -> TokenStream {
    let HandlerOptions {
        priority,
        timeout,
        name: _,
        after,
        before,
        concurrent,
        when,
        thread,
        fork,
    } = options;
    let here = Span::mixed_site();
    let private = private(here);
    let priority = priority.iter().map(in_a_block);
    let timeout = timeout.iter().map(|timeout| duration(*timeout, &private));
    let after = after.iter().map(|paths| keys(paths));
    let before = before.iter().map(|paths| keys(paths));
    let concurrent = concurrent.iter().map(|_| quote_spanned!(here=> .concurrent()));
    let when = when.and_then(variant).into_iter();
    let on_caller = (*thread == Some(Thread::Caller)).then(|| quote_spanned!(here=> .on_caller()));
    let inherit = (*fork == Some(Fork::Inherit)).then(|| quote_spanned!(here=> .inherit()));
    quote_spanned! {here=>
        #(.priority(#priority))*
        #(.timeout(#timeout))*
        #(.after(#after))*
        #(.before(#before))*
        #(#concurrent)*
        #(.when(#private::When::#when))*
        #on_caller
        #inherit
    }
}

/// When the value has another type, rustc underlines the value alone. Of an argument without the
/// block it would underline the method, too.
fn in_a_block(value: &Expr) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> { #value })
}

/// The variant of `exitmacro`'s `When`. None for the default.
fn variant(when: When) -> Option<Ident> {
    match when {
        When::Always => None,
        When::Success => Some(format_ident!("Success")),
        When::Failure => Some(format_ident!("Failure")),
        When::Signal => Some(format_ident!("Signal")),
    }
}

fn keys(paths: &[Type]) -> TokenStream {
    let keys = paths.iter().map(key);
    quote_spanned!(Span::mixed_site()=> &[#(#keys),*])
}

/// Messages of rustc about the path underline the path.
fn key(path: &Type) -> TokenStream {
    let Extent { start, end } = Extent::of(path);
    let [start, end] = [start, end].map(|span| Span::mixed_site().located_at(span));
    let private = private(start);
    let open = quote_spanned!(start=> <);
    let close = quote_spanned!(end=> >::KEY);
    quote_spanned!(start=> #open #path as #private::Orderable #close)
}
