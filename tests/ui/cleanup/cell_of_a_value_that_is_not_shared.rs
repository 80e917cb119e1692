use exitmacro::AtExitCell;
use std::cell::Cell;
use std::rc::Rc;

static COUNT: AtExitCell<Cell<u32>> = AtExitCell::new(|| Cell::new(0));
static SHARED: AtExitCell<Rc<u32>> = AtExitCell::empty();

fn main() {}
