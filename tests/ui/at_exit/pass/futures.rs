use exitmacro::{ExitContext, at_exit};
use std::future::{pending, ready};
use std::io;
use std::rc::Rc;

#[at_exit]
async fn plain() {
    ready(()).await;
}

#[at_exit(after(plain), concurrent, timeout = "5s")]
async fn fallible() -> io::Result<()> {
    ready(Ok::<_, io::Error>(())).await?;
    Ok(())
}

#[at_exit(thread = caller, when = success)]
pub async fn with_context(exit: &ExitContext) {
    if exit.is_abandoned() {
        pending().await
    }
}

#[at_exit(before(plain))]
async fn with_both(_: &ExitContext) -> Result<(), String> {
    Ok(())
}

// It stays on its thread.
#[at_exit]
async fn not_send() {
    let value = Rc::new(0);
    ready(()).await;
    drop(value);
}

async fn generic<T>(_value: T) {
    #[at_exit]
    async fn inner() {}
}

macro_rules! handlers {
    ($($name:ident: $context:ty, $result:ty;)*) => {$(
        #[at_exit]
        async fn $name(exit: $context) -> $result {
            _ = exit.remaining();
        }
    )*};
}

handlers! {
    first: &ExitContext, ();
    second: &exitmacro::ExitContext, ();
}

fn main() {
    drop(generic(()));
}
