use exitmacro::at_exit;

#[at_exit]
async fn close() {}

fn main() {}
