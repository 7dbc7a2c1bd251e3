//! A program under shuttle, with the schedule that the environment names.

use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

/// Names the schedule to the child.
pub const SCHEDULE: &str = "WYN_SCHEDULE";

/// The exit code after a Rust panic: the runtime's, or shuttle's, which gives up after very many steps.
const PANICKED: i32 = 70;

/// Runs the program with shuttle deciding at each step which thread goes on. There are three kinds of schedules, in turn: one
/// draws a thread for each step; one lets the same go on until they wait, but for a few changes; and one keeps a thread
/// from going on for long, and then another.
pub fn run(life: impl Fn() + Send + Sync + 'static) -> ! {
    let seed: u64 = std::env::var(SCHEDULE).unwrap().parse().unwrap();
    // A Rust panic cannot unwind through a fiber.
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        unsafe { libc::_exit(PANICKED) }
    }));
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(10_000_000);
    config.silence_warnings = true;
    // The seed is enough.
    config.failure_persistence = FailurePersistence::None;
    let scheduler: Box<dyn Scheduler + Send> = match seed % 3 {
        0 => Box::new(RandomScheduler::new_from_seed(seed, 1)),
        1 => Box::new(PctScheduler::new_from_seed(seed, 1 + seed as usize / 3 % 5, 1)),
        _ => Box::new(Uneven { random: seed, victim: None, left: 0, done: false }),
    };
    Runner::new(scheduler, config).run(life);
    unreachable!("the program ends the process")
}

/// One thread is kept from going on for a while, as if the system had given its processor away; the others mostly go on
/// as long as they can.
struct Uneven {
    random: u64,
    victim: Option<TaskId>,
    /// Steps until another thread is kept.
    left: u64,
    done: bool,
}

impl Uneven {
    /// A random number below this one (Steele and Vigna's SplitMix).
    fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

impl Scheduler for Uneven {
    fn new_execution(&mut self) -> Option<Schedule> {
        (!std::mem::replace(&mut self.done, true)).then(|| Schedule::new(self.random))
    }

    fn next_task(&mut self, threads: &[&Task], current: Option<TaskId>, waits: bool) -> Option<TaskId> {
        if self.left == 0 {
            self.victim = Some(threads[self.below(threads.len() as u64) as usize].id());
            self.left = 1 << self.below(12);
        }
        self.left -= 1;
        let others: Vec<TaskId> =
            threads.iter().map(|thread| thread.id()).filter(|&id| Some(id) != self.victim).collect();
        if others.is_empty() {
            return Some(threads[0].id());
        }
        match current.filter(|id| !waits && others.contains(id)) {
            Some(current) if self.below(8) != 0 => Some(current),
            _ => Some(others[self.below(others.len() as u64) as usize]),
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.below(u64::MAX)
    }
}
