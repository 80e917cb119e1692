#[exitmacro::main]
#[tokio::main]
async fn main() -> u32 {
    0
}
