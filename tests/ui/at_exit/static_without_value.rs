use exitmacro::at_exit;

unsafe extern "C" {
    #[at_exit]
    static environ: usize;
}

fn main() {}
