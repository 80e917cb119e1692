mod plain {
    #[exitmacro::main(crate = nowhere, signals, budget = "20s")]
    pub fn main() -> Result<(), String> {
        Ok(())
    }
}

mod awaited {
    #[exitmacro::main(crate = ::std::io)]
    #[tokio::main]
    pub async fn main() {}
}

fn main() {
    plain::main().unwrap();
    awaited::main();
}
