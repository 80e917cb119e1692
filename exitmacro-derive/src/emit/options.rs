//! The options of a handler.

use crate::args::at_exit::{Args, Fork, Thread, When};
use crate::emit::{duration, private};
use crate::syntax::Extent;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Path, Type};

pub(super) fn options(args: &Args, private: &TokenStream) -> TokenStream {
    let priority = args.priority.iter().map(priority);
    let timeout = args.timeout.map(|timeout| duration(timeout, private)).into_iter();
    let edges = edges(args.after.as_deref(), args.before.as_deref(), args.runtime.as_ref());
    let thread = (args.thread == Some(Thread::Caller)).then(|| quote!(.on_caller()));
    let fork = (args.fork == Some(Fork::Inherit)).then(|| quote!(.inherit()));
    let concurrent = args.concurrent.as_ref().map(|_| quote!(.concurrent()));
    let when = args.when.and_then(|when| ends(when, private));
    quote!(#(#priority)* #(.timeout(#timeout))* #edges #concurrent #when #thread #fork)
}

fn ends(when: When, private: &TokenStream) -> Option<TokenStream> {
    let when = match when {
        When::Always => return None,
        When::Success => format_ident!("Success"),
        When::Failure => format_ident!("Failure"),
        When::Signal => format_ident!("Signal"),
    };
    Some(quote!(.when(#private::When::#when)))
}

pub(super) fn edges(
    after: Option<&[Type]>,
    before: Option<&[Type]>,
    runtime: Option<&Path>,
) -> TokenStream {
    let keys = |paths: &[Type]| {
        let keys = paths.iter().map(|path| key(path, runtime));
        quote_spanned!(Span::mixed_site()=> &[#(#keys),*])
    };
    let (after, before) = (after.map(keys).into_iter(), before.map(keys).into_iter());
    quote_spanned!(Span::mixed_site()=> #(.after(#after))* #(.before(#before))*)
}

/// What rustc has to say about the path, it says at the path.
fn key(path: &Type, runtime: Option<&Path>) -> TokenStream {
    let Extent { start, end } = Extent::of(path);
    let [start, end] = [start, end].map(|span| Span::mixed_site().located_at(span));
    let private = private(runtime, start);
    let open = quote_spanned!(start=> <);
    let close = quote_spanned!(end=> >::KEY);
    quote_spanned!(start=> #open #path as #private::Orderable #close)
}

/// In a block, so that what rustc has to say about the type stands at the value alone: of an
/// argument it would show the method, too.
pub(super) fn priority(value: &Expr) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> .priority({ #value }))
}
