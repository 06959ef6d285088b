//! The scheduling of bcrypt. Each address has its own queue, and the queues take turns: a flood from one address
//! delays another by one bcrypt, not by the length of the flood.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::Error;

/// How many attempts beyond a rate may wait for each address and account.
const LATE_PER_ACCOUNT: usize = 4;

/// The queue and the priority of a piece of work.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn {
    /// The network that it comes from; empty for the installation's own work, which may use all the room.
    pub(super) address: Vec<u8>,
    /// The account that it is for.
    pub(super) account: Vec<u8>,
    /// Beyond a rate: such work runs one at a time, so that guessing is no faster than one bcrypt after another.
    pub(super) late: bool,
    /// From an address beyond its own rate: such work runs only if nothing else can.
    pub(super) last: bool,
}

/// Limits concurrent work to the number of threads.
#[derive(Debug)]
pub(super) struct Gate {
    room: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    late_runs: bool,
    /// The queues that take turns, and, served after them, those of addresses beyond their own rate.
    lines: [VecDeque<Line>; 2],
}

#[derive(Debug)]
struct Line {
    address: Vec<u8>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    account: Vec<u8>,
    late: bool,
    call: oneshot::Sender<Permit>,
}

/// The right to run one bcrypt. Dropping it starts the next one.
#[derive(Debug)]
pub(super) struct Permit(Option<Arc<Gate>>, bool);

impl Gate {
    /// Lets `threads` run and `room` wait.
    pub(super) fn new(threads: usize, room: usize) -> Arc<Self> {
        let state = State { free: threads, late_runs: false, lines: Default::default() };
        Arc::new(Self { room, state: Mutex::new(state) })
    }

    /// Waits for its turn. One address may use at most half of the room.
    ///
    /// # Errors
    /// `Overloaded` at once if the room or the address's share is full.
    pub(super) async fn enter(self: &Arc<Self>, turn: &Turn) -> Result<Permit, Error> {
        let called = {
            let mut state = self.state();
            state.forget_those_who_left();
            if state.free > 0 && !(turn.late && state.late_runs) {
                state.free -= 1;
                state.late_runs |= turn.late;
                return Ok(Permit(Some(Arc::clone(self)), turn.late));
            }
            if !state.has_room(turn, self.room) {
                return Err(Error::Overloaded);
            }
            let (call, called) = oneshot::channel();
            let waiting = Waiting { account: turn.account.clone(), late: turn.late, call };
            let lines = &mut state.lines[usize::from(turn.last)];
            match lines.iter_mut().find(|line| line.address == turn.address) {
                Some(line) => line.waiting.push_back(waiting),
                None => lines.push_back(Line { address: turn.address.clone(), waiting: VecDeque::from([waiting]) }),
            }
            called
        };
        called.await.map_err(|_| Error::Overloaded)
    }

    /// Returns how many wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().all().count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back a permit, and hands it to the next in turn.
    fn call_next(self: &Arc<Self>, late: bool) {
        let mut state = self.state();
        state.free += 1;
        state.late_runs &= !late;
        while state.free > 0
            && let Some(next) = state.next()
        {
            match next.call.send(Permit(Some(Arc::clone(self)), next.late)) {
                Ok(()) => {
                    state.free -= 1;
                    state.late_runs |= next.late;
                }
                // The waiter was dropped. Its permit must not call the gate while the state is locked.
                Err(mut permit) => permit.0 = None,
            }
        }
    }
}

impl State {
    fn all(&self) -> impl Iterator<Item = (&Line, &Waiting)> {
        self.lines.iter().flatten().flat_map(|line| line.waiting.iter().map(move |waiting| (line, waiting)))
    }

    fn forget_those_who_left(&mut self) {
        for lines in &mut self.lines {
            for line in lines.iter_mut() {
                line.waiting.retain(|waiting| !waiting.call.is_closed());
            }
            lines.retain(|line| !line.waiting.is_empty());
        }
    }

    fn has_room(&self, turn: &Turn, room: usize) -> bool {
        let count = |fits: &dyn Fn(&Line, &Waiting) -> bool| self.all().filter(|(line, one)| fits(line, one)).count();
        let last = self.lines[1].iter().map(|line| line.waiting.len()).sum::<usize>();
        if count(&|_, _| true) >= room || (turn.last && last >= room / 4) {
            return false;
        }
        if turn.address.is_empty() {
            return true;
        }
        let of_account = || count(&|line, one| line.address == turn.address && one.account == turn.account);
        count(&|line, _| line.address == turn.address) < room / 2 && !(turn.late && of_account() >= LATE_PER_ACCOUNT)
    }

    /// Removes the next work that may run. Its queue moves behind all others.
    fn next(&mut self) -> Option<Waiting> {
        let late_runs = self.late_runs;
        for lines in &mut self.lines {
            for place in 0..lines.len() {
                let may_run = |one: &Waiting| !(one.late && late_runs);
                let Some(found) = lines[place].waiting.iter().position(may_run) else { continue };
                let mut line = lines.remove(place)?;
                let next = line.waiting.remove(found);
                if !line.waiting.is_empty() {
                    lines.push_back(line);
                }
                return next;
            }
        }
        None
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.call_next(self.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(address: u8, account: &str) -> Turn {
        Turn { address: vec![address], account: account.as_bytes().to_vec(), ..Turn::default() }
    }

    /// Makes all of these wait behind a running one, and returns the order in which they ran.
    async fn order(turns: Vec<(u8, Turn)>) -> Vec<u8> {
        let gate = Gate::new(1, 16);
        let first = gate.enter(&Turn::default()).await.unwrap();
        let (ran, mut order) = tokio::sync::mpsc::unbounded_channel();
        for (number, turn) in turns {
            let (gate, ran, waiting) = (Arc::clone(&gate), ran.clone(), gate.waiting());
            let task_gate = Arc::clone(&gate);
            tokio::spawn(async move {
                let _permit = task_gate.enter(&turn).await.unwrap();
                ran.send(number).unwrap();
            });
            while gate.waiting() == waiting {
                tokio::task::yield_now().await;
            }
        }
        drop((first, ran));
        let mut all = Vec::new();
        while let Some(number) = order.recv().await {
            all.push(number);
        }
        all
    }

    #[tokio::test]
    async fn addresses_take_turns() {
        let turns = vec![(1, turn(1, "a")), (2, turn(1, "b")), (3, turn(1, "c")), (4, turn(2, "d")), (5, turn(3, "e"))];
        assert_eq!(order(turns).await, [1, 4, 5, 2, 3]);
    }

    #[tokio::test]
    async fn addresses_beyond_their_own_rate_come_last() {
        let last = |address, account| Turn { late: true, last: true, ..turn(address, account) };
        let late = |address, account| Turn { late: true, ..turn(address, account) };
        let turns = vec![(1, last(1, "a")), (2, last(1, "b")), (3, late(2, "a")), (4, turn(3, "c"))];
        assert_eq!(order(turns).await, [3, 4, 1, 2]);
    }

    #[tokio::test]
    async fn late_work_runs_one_at_a_time() {
        let gate = Gate::new(2, 16);
        let late = Turn { late: true, ..turn(1, "a") };
        let running = gate.enter(&late).await.unwrap();
        let mut second = Box::pin(gate.enter(&late));
        assert!(futures_util::poll!(&mut second).is_pending());
        let other = gate.enter(&turn(2, "b")).await.unwrap();
        drop(other);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(running);
        assert!(futures_util::poll!(&mut second).is_ready());
    }

    #[tokio::test]
    async fn an_address_has_half_of_the_room_and_those_who_leave_give_theirs_back() {
        let gate = Gate::new(1, 16);
        let _running = gate.enter(&Turn::default()).await.unwrap();
        let turns: Vec<Turn> = ["a", "b", "c"].iter().map(|account| turn(1, account)).collect();
        let mut waiting = Vec::new();
        for (turn, fits) in [(&turns[0], 5), (&turns[1], 3), (&turns[2], 0)] {
            for place in 0..5 {
                let mut one = Box::pin(gate.enter(turn));
                assert_eq!(futures_util::poll!(&mut one).is_pending(), place < fits);
                waiting.push(one);
            }
        }
        drop(waiting);
        assert!(futures_util::poll!(Box::pin(gate.enter(&turns[2]))).is_pending());
    }
}
