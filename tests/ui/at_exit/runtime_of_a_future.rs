use exitmacro::at_exit;

#[at_exit]
#[tokio::main(flavor = "current_thread")]
async fn close() {}

fn main() {}
