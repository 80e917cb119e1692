#![deny(dead_code)]

mod plain {
    #[exitmacro::main(signals)]
    fn main() {}
}

mod awaited {
    #[exitmacro::main]
    #[tokio::main]
    pub async fn main() -> Result<(), String> {
        Ok(())
    }
}

fn main() {
    #[exitmacro::main]
    fn main() {}
}
