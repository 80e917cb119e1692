//! The rules that join two facts: two arguments, an argument and a feature, an argument and the
//! item, or a type and its fields.

use crate::args::at_exit::AtExitArgs;
use crate::args::common::Thread;
use crate::args::duration::Quoted;
use crate::args::edge;
use crate::args::main::Settings;
use crate::diagnostic::Problems;
use crate::features::Features;
use crate::item::cleanup::Input;
use crate::item::handler::Handler;
use proc_macro2::Ident;
use std::time::Duration;
use syn::Type;

/// The budget of a run whose program does not say one.
const DEFAULT_BUDGET: Duration = Duration::from_secs(25);

/// Checks what could be read.
pub(crate) fn check(settings: &Settings, features: Features, problems: &mut Problems) {
    check_feature(settings, features, problems);
    check_signals_are_given(settings, problems);
    if let Some(grace) = &settings.grace {
        check_grace(grace, settings, problems);
    }
}

fn check_feature(settings: &Settings, features: Features, problems: &mut Problems) {
    if let Some(key) = settings.keys.find("signals").filter(|_| !features.signals) {
        problems.at(key, "`signals` needs the feature `signals` of exitmacro");
    }
}

fn check_signals_are_given(settings: &Settings, problems: &mut Problems) {
    if settings.keys.find("signals").is_some() {
        return;
    }
    for key in ["on_signal", "grace"].iter().filter_map(|name| settings.keys.find(name)) {
        problems.at(
            key,
            &format!("`{key}` says nothing without `signals`; add `signals`, or remove `{key}`"),
        );
    }
}

/// The handlers get what the grace leaves of the budget.
fn check_grace(grace: &Quoted, settings: &Settings, problems: &mut Problems) {
    let (budget, name) = match &settings.budget {
        Some(budget) => (budget.duration, format!("`budget` of {:?}", budget.literal.value())),
        // There is one, but it could not be read.
        None if settings.keys.find("budget").is_some() => return,
        None => (DEFAULT_BUDGET, "default `budget` of \"25s\"".to_owned()),
    };
    if grace.duration >= budget {
        let grace_text = grace.literal.value();
        problems.at(&grace.literal, &format!("`grace` of {grace_text:?} must be shorter than the {name}, or no time is left for handlers"));
    }
}

/// Checks what could be read of a type.
pub(crate) fn check_type(input: &Input, problems: &mut Problems) {
    check_edges(input.args.options.edges(), &input.ident, "be cleaned up", problems);
    check_fields(input, problems);
}

/// `with` is all there is to the cleanup.
fn check_fields(input: &Input, problems: &mut Problems) {
    if input.args.keys.has("with") {
        for skip in input.body.fields().filter_map(|field| field.skip.as_ref()) {
            problems.at(skip, "`skip` says nothing next to `with`, which leaves all fields to the method; remove `skip`, or remove `with`");
        }
    }
}

/// Checks what could be read of a handler.
pub(crate) fn check_handler(
    args: &AtExitArgs,
    handler: &Handler,
    features: Features,
    problems: &mut Problems,
) {
    if let Some(keyword) = handler.asyncness().filter(|_| !features.futures) {
        problems.at(keyword, "`async fn` handlers need the feature `async` of exitmacro, or `tokio` where they use tokio");
    }
    check_edges(
        args.options.edges(),
        args.alias.as_ref().unwrap_or(&handler.ident),
        "run",
        problems,
    );
    if let (Some(concurrent), Some(Thread::Caller)) =
        (&args.options.concurrent, args.options.thread)
    {
        problems.at(concurrent, "`concurrent` handlers have threads of their own; remove `concurrent`, or remove `thread = caller`");
    }
}

/// A path of several names may lead to the handler itself too; that is for the run to find out.
fn check_edges<'a>(
    edges: impl Iterator<Item = (&'static str, &'a Type)>,
    name: &Ident,
    run: &str,
    problems: &mut Problems,
) {
    for (argument, path) in edges.filter(|(_, path)| edge::is_name(path, name)) {
        problems
            .at(path, &format!("`{name}` cannot {run} {argument} itself; name another handler"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::main as settings;

    fn problems_with(text: &str, features: Features) -> Vec<String> {
        let mut problems = Problems::default();
        let settings = settings::read(text.parse().unwrap(), "main", &mut problems);
        check(&settings, features, &mut problems);
        problems.messages()
    }

    fn problem(text: &str) -> String {
        problems_with(text, Features::ALL).join(" + ")
    }

    #[test]
    fn signals_need_the_feature() {
        for text in ["signals", "signals = [INT]"] {
            assert_eq!(
                problems_with(text, Features::NONE),
                ["`signals` needs the feature `signals` of exitmacro"]
            );
            assert_eq!(problem(text), "");
        }
        assert!(problems_with("budget = \"5s\"", Features::NONE).is_empty());
    }

    #[test]
    fn grace_and_on_signal_need_signals() {
        assert_eq!(
            problem("grace = \"1s\""),
            "`grace` says nothing without `signals`; add `signals`, or remove `grace`"
        );
        assert_eq!(
            problem("on_signal = reraise"),
            "`on_signal` says nothing without `signals`; add `signals`, or remove `on_signal`"
        );
        assert_eq!(problems_with("on_signal = reraise, grace = \"1s\"", Features::NONE).len(), 2);
        assert_eq!(problem("on_signal = reraise, grace = \"1s\", signals"), "");
    }

    #[test]
    fn signals_that_cannot_be_read_are_given() {
        assert_eq!(problems_with("signals = [FOO], grace = \"1s\"", Features::ALL).len(), 1);
        assert_eq!(problems_with("grace = \"1s\", signals =", Features::ALL).len(), 1);
    }

    #[test]
    fn grace_is_shorter_than_the_budget() {
        let expected = "`grace` of \"20s\" must be shorter than the `budget` of \"20000ms\", or no time is left for handlers";
        assert_eq!(problem("signals, grace = \"20s\", budget = \"20000ms\""), expected);
        assert_eq!(problem("signals, budget = \"20s1us\", grace = \"20s\""), "");
    }

    #[test]
    fn grace_is_shorter_than_the_default_budget() {
        let expected = "`grace` of \"25s\" must be shorter than the default `budget` of \"25s\", or no time is left for handlers";
        assert_eq!(problem("signals, grace = \"25s\""), expected);
        assert_eq!(problem("signals, grace = \"24s\""), "");
    }

    #[test]
    fn budget_that_cannot_be_read_is_not_compared() {
        assert_eq!(problems_with("signals, grace = \"30s\", budget = 60", Features::ALL).len(), 1);
    }

    fn problems_of_type(item: &str) -> Vec<String> {
        let mut problems = Problems::default();
        let input = Input::read(syn::parse_str(item).unwrap(), &mut problems).unwrap();
        check_type(&input, &mut problems);
        problems.messages()
    }

    #[test]
    fn fields_are_not_skipped_next_to_with() {
        let expected = "`skip` says nothing next to `with`, which leaves all fields to the method; remove `skip`, or remove `with`";
        assert_eq!(
            problems_of_type("#[cleanup(with = close)] struct S(A, #[cleanup(skip)] B);"),
            [expected]
        );
        assert_eq!(problems_of_type("#[cleanup(with = close)] enum E { A(#[cleanup(skip)] A), B { #[cleanup(skip)] b: B } }").len(), 2);
        assert!(
            problems_of_type("#[cleanup(discard = abandon)] struct S(A, #[cleanup(skip)] B);")
                .is_empty()
        );
    }

    #[test]
    fn no_type_waits_for_itself() {
        let expected = [
            "`S` cannot be cleaned up after itself; name another handler",
            "`S` cannot be cleaned up before itself; name another handler",
        ];
        assert_eq!(problems_of_type("#[cleanup(after(T, S), before(S))] struct S;"), expected);
        assert!(problems_of_type("#[cleanup(after(S<u8>, a::S))] struct S<T>(T);").is_empty());
    }

    #[test]
    fn with_that_cannot_be_read_is_there() {
        assert_eq!(problems_of_type("#[cleanup(with = 5)] struct S(#[cleanup(skip)] A);").len(), 2);
    }

    fn problems_of_handler_with(args: &str, features: Features) -> Vec<String> {
        let mut problems = Problems::default();
        let args = AtExitArgs::read(args.parse().unwrap(), &mut problems);
        let item = "async fn close_db() {}".parse().unwrap();
        let handler = Handler::read(item, &mut problems).ok().unwrap();
        check_handler(&args, &handler, features, &mut problems);
        problems.messages()
    }

    fn problems_of_handler(args: &str) -> Vec<String> {
        problems_of_handler_with(args, Features::ALL)
    }

    #[test]
    fn futures_need_the_feature() {
        let expected = "`async fn` handlers need the feature `async` of exitmacro, or `tokio` where they use tokio";
        assert_eq!(problems_of_handler_with("", Features::NONE), [expected]);
        assert_eq!(
            problems_of_handler_with("concurrent, thread = caller", Features::NONE).len(),
            2
        );
        assert!(problems_of_handler("").is_empty());
    }

    #[test]
    fn no_handler_waits_for_itself() {
        assert_eq!(
            problems_of_handler("after(flush, close_db)"),
            ["`close_db` cannot run after itself; name another handler"]
        );
        assert_eq!(
            problems_of_handler("before(close_db)"),
            ["`close_db` cannot run before itself; name another handler"]
        );
        assert!(problems_of_handler("after(flush, super::close_db, close_db::inner)").is_empty());
        // A handler of that name in another place, which an import brings here.
        assert!(problems_of_handler("alias = end, after(close_db)").is_empty());
        assert_eq!(
            problems_of_handler("alias = end, after(end)"),
            ["`end` cannot run after itself; name another handler"]
        );
    }

    #[test]
    fn concurrent_handlers_run_on_no_other_thread() {
        let expected = "`concurrent` handlers have threads of their own; remove `concurrent`, or remove `thread = caller`";
        assert_eq!(problems_of_handler("concurrent, thread = caller"), [expected]);
        assert!(problems_of_handler("concurrent, thread = runner").is_empty());
    }
}
