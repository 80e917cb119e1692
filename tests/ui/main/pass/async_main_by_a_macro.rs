macro_rules! program {
    ($flavor:literal, $result:ty, $body:block) => {
        #[exitmacro::main]
        #[tokio::main(flavor = $flavor)]
        async fn main() -> $result $body
    };
}

program!("multi_thread", Result<(), tokio::task::JoinError>, { tokio::spawn(async {}).await });
