//! The rules about two things that must fit together: two arguments, an argument and a feature, an
//! argument and the item, or a type and its fields. Each checks the values that could be read.

use crate::args::at_exit::AtExitArgs;
use crate::args::duration::Quoted;
use crate::args::edge;
use crate::args::main::{ReportTo, Settings};
use crate::args::options::{HandlerOptions, Thread};
use crate::diagnostic::Problems;
use crate::features::Features;
use crate::item::cleanup::Input;
use crate::item::handler::Handler;
use crate::syntax::unwrapped;
use proc_macro2::Ident;
use quote::ToTokens;
use std::time::Duration;
use syn::Type;

/// The budget of a program that configures none, as in `exitmacro`.
const DEFAULT_BUDGET: Duration = Duration::from_secs(25);

pub(crate) fn check_settings(settings: &Settings, features: Features, problems: &mut Problems) {
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
    if let Some((sink, word)) = &settings.report_to {
        let is_on = match sink {
            ReportTo::Stderr => true,
            ReportTo::Tracing => features.tracing,
            ReportTo::Log => features.log,
        };
        if !is_on {
            let message = format!("`report_to = {word}` needs the feature `{word}` of exitmacro");
            problems.at(word, &message);
        }
    }
}

/// Of an argument whose value could not be read, there is an error already.
fn check_signals_are_given(settings: &Settings, problems: &mut Problems) {
    if settings.keys.has("signals") {
        return;
    }
    let on_signal = settings.on_signal.and(settings.keys.find("on_signal"));
    let grace = settings.grace.as_ref().and(settings.keys.find("grace"));
    for key in [on_signal, grace].into_iter().flatten() {
        problems.at(
            key,
            &format!("`{key}` says nothing without `signals`; add `signals`, or remove `{key}`"),
        );
    }
}

/// The handlers have the time that the grace leaves of the budget.
fn check_grace(grace: &Quoted, settings: &Settings, problems: &mut Problems) {
    let (budget, name) = match &settings.budget {
        Some(budget) => (budget.duration, format!("`budget` of {:?}", budget.literal.value())),
        // The budget is given, and could not be read.
        None if settings.keys.has("budget") => return,
        None => (DEFAULT_BUDGET, "default `budget` of \"25s\"".to_owned()),
    };
    if grace.duration >= budget {
        let grace_text = grace.literal.value();
        let message = format!(
            "`grace` of {grace_text:?} must be shorter than the {name}, or no time is left for \
             handlers"
        );
        problems.at(&grace.literal, &message);
    }
}

pub(crate) fn check_type(input: &Input, problems: &mut Problems) {
    let itself = Ident::new("Self", input.ident.span());
    check_edges(&input.args.options, &[&input.ident, &itself], "be cleaned up", problems);
    check_fields(input, problems);
}

/// With `with`, the method is the whole cleanup.
fn check_fields(input: &Input, problems: &mut Problems) {
    if input.args.keys.has("with") {
        for skip in input.body.fields().filter_map(|field| field.skip.as_ref()) {
            problems.at(
                skip,
                "`skip` says nothing next to `with`, which leaves all fields to the method; remove \
                 `skip`, or remove `with`",
            );
        }
    }
}

pub(crate) fn check_handler(
    args: &AtExitArgs,
    handler: &Handler,
    features: Features,
    problems: &mut Problems,
) {
    if let Some(keyword) = handler.asyncness().filter(|_| !features.futures) {
        problems.at(
            keyword,
            "`async fn` handlers need the feature `async` of exitmacro, or `tokio` where they use \
             tokio",
        );
    }
    let name = args.alias.as_ref().unwrap_or(&handler.ident);
    check_edges(&args.options, &[name], "run", problems);
    if let (Some(concurrent), Some(Thread::Caller)) =
        (&args.options.concurrent, args.options.thread)
    {
        problems.at(
            concurrent,
            "`concurrent` handlers have threads of their own; remove `concurrent`, or remove \
             `thread = caller`",
        );
    }
}

/// A path of several names may lead to the handler itself too. The run finds such a cycle. In the
/// body of a function `self::flush` leads to another handler, that of the module around it.
fn check_edges(options: &HandlerOptions, names: &[&Ident], run: &str, problems: &mut Problems) {
    for (argument, path) in options.edges() {
        if let Some(name) = names.iter().find(|name| edge::is_name(path, name)) {
            problems.at(
                path,
                &format!("`{name}` cannot {run} {argument} itself; name another handler"),
            );
        } else if argument == "before" && is_after(options, path) {
            let name = names[0];
            problems.at(
                path,
                &format!(
                    "`{name}` cannot {run} both after and before the same handler; remove one"
                ),
            );
        }
    }
}

fn is_after(options: &HandlerOptions, path: &Type) -> bool {
    let text = |path: &Type| unwrapped(path).to_token_stream().to_string();
    options.after.iter().flatten().any(|other| text(other) == text(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::main;
    use crate::marks;

    #[track_caller]
    fn check_with(code: &str, features: Features) {
        marks::check(code, |text, problems| {
            let settings = main::read(text.parse().unwrap(), "main", problems);
            check_settings(&settings, features, problems);
        });
    }

    #[track_caller]
    fn check(code: &str) {
        check_with(code, Features::ALL);
    }

    // The features are on in `tests/ui`, so these two messages are tested here.
    #[test]
    fn missing_features_are_named() {
        let mut problems = Problems::default();
        let settings = main::read("signals".parse().unwrap(), "main", &mut problems);
        check_settings(&settings, Features::NONE, &mut problems);
        let item = "async fn close_db() {}".parse().unwrap();
        let handler = Handler::read(item, &mut problems).ok().unwrap();
        check_handler(&AtExitArgs::default(), &handler, Features::NONE, &mut problems);
        assert_eq!(
            problems.messages(),
            [
                "`signals` needs the feature `signals` of exitmacro",
                "`async fn` handlers need the feature `async` of exitmacro, or `tokio` where they \
                 use tokio"
            ]
        );
    }

    #[test]
    fn report_to_needs_the_feature() {
        for value in ["tracing", "log"] {
            check_with(&format!("report_to = «{value}»"), Features::NONE);
            check(&format!("report_to = {value}"));
            let mut problems = Problems::default();
            let text = format!("report_to = {value}").parse().unwrap();
            let settings = main::read(text, "main", &mut problems);
            check_settings(&settings, Features::NONE, &mut problems);
            let expected =
                format!("`report_to = {value}` needs the feature `{value}` of exitmacro");
            assert_eq!(problems.messages(), [expected]);
        }
        check_with("report_to = stderr", Features::NONE);
    }

    #[test]
    fn signals_need_the_feature() {
        check_with("«signals»", Features::NONE);
        check_with("«signals» = [INT]", Features::NONE);
        check_with("budget = \"5s\"", Features::NONE);
        check("signals");
    }

    #[test]
    fn grace_and_on_signal_need_signals() {
        check("«grace» = \"1s\"");
        check("«on_signal» = reraise");
        check("«on_signal» = reraise, «grace» = \"1s\"");
        check("on_signal = reraise, grace = \"1s\", signals");
        check("on_signal = «reraised», grace = «\"0s\"»");
    }

    #[test]
    fn signals_that_cannot_be_read_are_given() {
        check("signals = [«FOO»], grace = \"1s\"");
        check("grace = \"1s\", «signals» =");
    }

    #[test]
    fn grace_is_shorter_than_the_budget() {
        check("signals, grace = «\"20s\"», budget = \"20000ms\"");
        check("signals, budget = \"20s1us\", grace = \"20s\"");
    }

    #[test]
    fn grace_is_shorter_than_the_default_budget() {
        check("signals, grace = «\"25s\"»");
        check("signals, grace = \"24s\"");
    }

    #[test]
    fn budget_that_cannot_be_read_is_not_compared() {
        check("signals, grace = \"30s\", budget = «60»");
    }

    #[track_caller]
    fn check_item(code: &str) {
        marks::check(code, |text, problems| {
            let input = Input::read(syn::parse_str(text).unwrap(), problems).unwrap();
            check_type(&input, problems);
        });
    }

    #[test]
    fn fields_are_not_skipped_next_to_with() {
        check_item("#[cleanup(with = close)] struct S(A, #[cleanup(«skip»)] B);");
        check_item("#[cleanup(with = close)] enum E { A(#[cleanup(«skip»)] A), B { b: B } }");
        check_item("#[cleanup(with = «5»)] struct S(#[cleanup(«skip»)] A);");
        check_item("#[cleanup(discard = abandon)] struct S(A, #[cleanup(skip)] B);");
    }

    #[test]
    fn no_type_waits_for_itself() {
        check_item("#[cleanup(after(T, «S»), before(«S»))] struct S;");
        check_item("#[cleanup(after(«Self»), before(T, «Self»))] struct S;");
        check_item("#[cleanup(after(S<u8>, a::S))] struct S<T>(T);");
    }

    #[track_caller]
    fn check_arguments(code: &str) {
        let item = "async fn close_db() {}".parse().unwrap();
        let handler = Handler::read(item, &mut Problems::default()).ok().unwrap();
        marks::check(code, |text, problems| {
            let args = AtExitArgs::read(text.parse().unwrap(), problems);
            check_handler(&args, &handler, Features::ALL, problems);
        });
    }

    #[test]
    fn futures_need_the_feature() {
        for (features, code) in [
            (Features::NONE, "«async» fn close_db() {}"),
            (Features::ALL, "async fn close_db() {}"),
            (Features::NONE, "fn close_db() {}"),
        ] {
            marks::check(code, |text, problems| {
                let handler = Handler::read(text.parse().unwrap(), problems).ok().unwrap();
                check_handler(&AtExitArgs::default(), &handler, features, problems);
            });
        }
    }

    #[test]
    fn no_handler_waits_for_itself() {
        check_arguments("after(flush, «close_db»)");
        check_arguments("before(«close_db»)");
        check_arguments("after(flush, super::close_db, close_db::inner)");
        // A handler of that name in another place, which an import brings here.
        check_arguments("alias = end, after(close_db)");
        check_arguments("alias = end, after(«end»)");
    }

    #[test]
    fn no_handler_runs_on_both_sides_of_another() {
        check_arguments("after(flush, a::b), before(«flush», c::b, «a::b»)");
        check_arguments("before(«flush»), after(flush)");
        check_arguments("after(flush), before(self::flush)");
        check_item("#[cleanup(after(Pool<u8>), before(Pool<u16>, «Pool<u8>»))] struct S;");
    }

    #[test]
    fn concurrent_handlers_run_on_no_other_thread() {
        check_arguments("«concurrent», thread = caller");
        check_arguments("concurrent, thread = runner");
    }
}
