use db::*;

mod db {
    pub mod cache {
        pub fn size() {}
    }
}

#[exitmacro::at_exit]
fn cache() {
    cache::size();
}

fn main() {}
