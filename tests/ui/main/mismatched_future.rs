#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    "5".parse::<u8>()
}
