#[exitmacro::main]
fn main() -> u32 {
    0
}

mod awaited {
    #[exitmacro::main]
    #[tokio::main]
    pub async fn main() -> bool {
        true
    }
}
