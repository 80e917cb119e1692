use exitmacro::{Tracked, track};

struct Pool;

struct Server {
    pool: Tracked<Pool>,
}

fn main() {
    let _pool = track(Pool);
    let _text = track(String::new());
}
