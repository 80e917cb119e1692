use exitmacro::at_exit;

struct Pool<T>(T);

mod inner {
    #[exitmacro::at_exit]
    fn private() {}
}

fn plain() {}

#[at_exit(after(clos_db, inner::missing), before(missing::close_db))]
fn close_db() {}

#[at_exit(after(plain, inner, inner::private))]
fn no_handlers() {}

#[at_exit(after(u32), before(Pool<u8>))]
fn types_without_a_cleanup() {}

#[at_exit(after(Pool))]
fn type_without_its_arguments() {}

fn main() {
    plain();
    Pool(0).0;
}
