//! Methods that are async, in all forms that a method may have.

use exitmacro::{AtExitCell, AtExitCleanup, CleanupError, Tracked, at_exit, track};
use std::sync::{Arc, OnceLock};

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Pool;

impl Pool {
    async fn close(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = Self::close, priority = 5, timeout = "1s")]
struct Generic<T: Send + Sync, const N: usize>([T; N]);

impl<T: Send + Sync, const N: usize> Generic<T, N> {
    async fn close(&self) -> Result<(), std::io::Error> {
        tokio::task::yield_now().await;
        _ = &self.0;
        Ok(())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Borrowed<'a>(&'a str);

impl Borrowed<'_> {
    async fn close(&self) {
        tokio::task::yield_now().await;
        assert_eq!(self.0, "borrowed");
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = other::close)]
struct Elsewhere(u8);

mod other {
    pub(super) async fn close(value: &super::Elsewhere) -> Result<(), exitmacro::CleanupError> {
        Err(format!("{} is left", value.0).into())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Returned;

impl Returned {
    fn close(&self) -> impl Future<Output = Result<(), CleanupError>> + Send + use<'_> {
        async move {
            let _this = self;
            Ok(())
        }
    }
}

#[derive(AtExitCleanup)]
struct Parts<T> {
    pools: Vec<Pool>,
    shared: Arc<Box<Option<Returned>>>,
    value: T,
}

#[at_exit]
static PARTS: OnceLock<Parts<Pool>> = OnceLock::new();

static CELL: AtExitCell<Tracked<Pool>> = AtExitCell::empty();

fn is_send<T: Send>(future: T) -> T {
    future
}

#[tokio::main]
async fn main() {
    let parts = || Parts { pools: vec![Pool], shared: Arc::default(), value: Pool };
    PARTS.get_or_init(parts);
    is_send(Tracked::close_async(track(parts()))).await.expect("it closes well");
    let value = is_send(CELL.get_or_init_async(async || track(Pool)));
    assert!(value.await.is_ok());
    let error = is_send(Tracked::close_async(track(Elsewhere(5)))).await.expect_err("as asked");
    assert_eq!(error.to_string(), "5 is left");
    drop(track(Generic([0; 3])));
    Borrowed(&"borrowed".to_owned()).cleanup().expect("it closes well");
    let dynamic: Box<dyn AtExitCleanup> = Box::new(Pool);
    drop(track(dynamic));
}
