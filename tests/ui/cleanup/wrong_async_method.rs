use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Counted;

impl Counted {
    async fn close(&self) -> usize {
        1
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Local;

impl Local {
    async fn close(&self) {
        let local = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(local);
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Changed;

impl Changed {
    async fn close(&mut self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = leave)]
struct Left;

impl Left {
    async fn close(&self) {}

    async fn leave(&self) {}
}

fn main() {}
