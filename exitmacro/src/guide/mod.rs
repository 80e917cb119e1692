//! The guide, one page a subject. Read [`start`] first; each other page stands alone.
//!
//! | page | what it answers |
//! |---|---|
//! | [`start`] | How do I declare or register a handler, and what does the attribute on `main` add? |
//! | [`quick_starts`] | What is the shortest program for a tool, a service, a library, tests, a plugin? |
//! | [`order`] | Which handler runs first, and which run at the same time? |
//! | [`exit_status`] | Which ends run the handlers, and which status does the parent see? |
//! | [`signals`] | What happens at SIGTERM and Ctrl-C, and how do I finish work in flight? |
//! | [`async_handlers`] | When may a handler be an `async fn`, and where does it run? |
//! | [`values`] | How is a value closed once: at the end of its scope, or at exit? |
//! | [`tests`] | How do I test handlers, and what happens in test programs? |
//! | [`plugins`] | What is different in shared objects, and how are handlers linked? |
//! | [`daemons`] | What happens at a fork, and what do supervisors expect? |
//! | [`orchestrators`] | How long may a shutdown take under systemd, Kubernetes, Docker, s6, runit? |
//! | [`limits`] | What happens when a handler fails or hangs, and what does not work? |
//! | [`environment`] | Which variables, lines and files show a run? |
//! | [`why_not`] | Why did my handler not run? |
//!
//! Three pages are for looking things up: [`coming_from`](crate::coming_from) has code before and
//! after, for other crates, [`beside_python`](crate::beside_python) compares with `atexit` of
//! Python, and [`why_not_run`](crate::why_not_run) lists symptoms and causes.

#[doc = include_str!("async_handlers.md")]
pub mod async_handlers {}
#[doc = include_str!("daemons.md")]
pub mod daemons {}
#[doc = include_str!("environment.md")]
pub mod environment {}
#[doc = include_str!("exit_status.md")]
pub mod exit_status {}
#[doc = include_str!("limits.md")]
pub mod limits {}
#[doc = include_str!("orchestrators.md")]
pub mod orchestrators {}
#[doc = include_str!("order.md")]
pub mod order {}
#[doc = include_str!("plugins.md")]
pub mod plugins {}
#[doc = include_str!("quick_starts.md")]
pub mod quick_starts {}
#[doc = include_str!("signals.md")]
pub mod signals {}
#[doc = include_str!("start.md")]
pub mod start {}
#[doc = include_str!("tests.md")]
pub mod tests {}
#[doc = include_str!("values.md")]
pub mod values {}
#[doc = include_str!("why_not.md")]
pub mod why_not {}
