#[tokio::main]
#[exitmacro::main(on_failure = keep)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = tokio::spawn(async { 5 }).await?;
    assert_eq!(number, 5);
    Ok(())
}
