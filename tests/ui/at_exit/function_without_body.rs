use exitmacro::at_exit;

trait Close {
    #[at_exit]
    fn close();
}

fn main() {}
