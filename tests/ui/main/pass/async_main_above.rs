#[exitmacro::main(signals, grace = "24s")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = tokio::spawn(async { 5 }).await?;
    assert_eq!(number, 5);
    Ok(())
}
