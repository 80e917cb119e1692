use exitmacro::defer;

fn main() -> std::io::Result<()> {
    defer! {
        std::fs::remove_file("text")
    }
    defer! {
        std::fs::remove_file("text")?;
    }
    Ok(())
}
