//! Methods of handles: futures, channels, atomics, task-local values, and what the module `sync` has.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::value::{Channel, Gate, Shape, Value};
use super::tasks::{State, Task, cancel, failure};
use super::{Eval, Leave, Machine, invalid};

impl Machine<'_> {
    /// A method of a handle.
    pub(super) fn of_handle(&mut self, receiver: &Value, name: &str, arguments: &[Value]) -> Eval {
        match receiver {
            Value::Future(task) => self.of_future(task, name),
            Value::End(channel) => self.of_channel(channel, name, arguments),
            Value::Cell(cell) => self.of_cell(cell, name, arguments),
            Value::Gate(gate) => self.of_gate(gate, name, arguments),
            Value::Local(default) if name == "get" => {
                let bound = self.bindings.iter().rev().find(|(local, _)| Rc::ptr_eq(local, default));
                Ok(bound.map_or_else(|| (**default).clone(), |(_, value)| value.clone()))
            }
            _ => invalid(),
        }
    }

    fn of_future(&mut self, task: &Rc<Task>, name: &str) -> Eval {
        match name {
            "await" => self.wait_for(task),
            "result" => match self.wait_for(task) {
                Ok(value) => Ok(value.ok()),
                Err(Leave::Panic(message)) => Ok(failure("Panicked", 0, &message)),
                Err(leave) => match &*task.state.borrow() {
                    State::Cancelled => Ok(failure("Cancelled", 1, "")),
                    _ => Err(leave),
                },
            },
            "cancel" => {
                cancel(task);
                self.pending.retain(|other| !Rc::ptr_eq(other, task));
                Ok(Value::Unit)
            }
            _ => invalid(),
        }
    }

    fn of_channel(&mut self, channel: &Rc<Channel>, name: &str, arguments: &[Value]) -> Eval {
        match (name, arguments) {
            ("send", [value]) => {
                self.send(channel, value.clone())?;
                Ok(Value::Unit)
            }
            ("send_all", [Value::Array(values)]) => {
                for value in values.iter() {
                    self.send(channel, value.clone())?;
                }
                Ok(Value::Unit)
            }
            ("recv", []) => Ok(Value::option(self.receive(channel)?)),
            ("to_array", []) => {
                let mut all = Vec::new();
                while let Some(value) = self.receive(channel)? {
                    all.push(value);
                }
                Ok(Value::array(all))
            }
            ("close", []) => {
                channel.is_closed.set(true);
                Ok(Value::Unit)
            }
            // The rest is asked by a task that has both ends.
            ("try_send", [value]) => {
                let refused = |name: &str, index| {
                    let back = Rc::new(vec![value.clone()]);
                    Ok(Value::Record(Shape::known("TrySend", name, index, 1), back).err())
                };
                if channel.is_closed.get() {
                    return refused("Closed", 1);
                }
                if channel.queue.borrow().len() >= channel.capacity {
                    return refused("Full", 0);
                }
                channel.queue.borrow_mut().push_back(value.clone());
                Ok(Value::Unit.ok())
            }
            ("try_recv", []) => Ok(match channel.queue.borrow_mut().pop_front() {
                Some(value) => value.ok(),
                None => {
                    let (name, index) = if channel.is_closed.get() { ("Closed", 1) } else { ("Empty", 0) };
                    Value::Record(Shape::known("TryRecv", name, index, 0), Rc::default()).err()
                }
            }),
            ("len", []) => Ok(Value::int(channel.queue.borrow().len() as i128)),
            _ => invalid(),
        }
    }

    /// A mutex, an atomic, a lock for readers and writers, or a value that is made once.
    fn of_cell(&mut self, cell: &Rc<RefCell<Value>>, name: &str, arguments: &[Value]) -> Eval {
        match (name, arguments) {
            ("load" | "get", []) => Ok(cell.borrow().clone()),
            ("store", [value]) => {
                cell.replace(value.clone());
                Ok(Value::Unit)
            }
            ("add" | "sub", [Value::Int(_, more)]) => {
                let old = cell.borrow().clone();
                let Value::Int(int, number) = old else { return invalid() };
                let new = if name == "add" { number + more } else { number - more };
                Ok(cell.replace(Value::Int(int, int.wrap(new))))
            }
            ("swap", [value]) => Ok(cell.replace(value.clone())),
            ("compare_swap", [expected, value]) => {
                let old = cell.borrow().clone();
                if old.equals(expected) {
                    cell.replace(value.clone());
                }
                Ok(old)
            }
            ("read", [look]) => {
                let value = cell.borrow().clone();
                self.invoke(look, vec![value])
            }
            ("write", [change]) => {
                let open = Rc::new(RefCell::new(cell.borrow().clone()));
                let ended = self.invoke(change, vec![Value::Cell(open.clone())]);
                cell.swap(&open);
                ended
            }
            ("get_or_init", [make]) => {
                if let Some(made) = cell.borrow().inside("Some") {
                    return Ok(made);
                }
                let made = self.invoke(make, Vec::new())?;
                cell.replace(Value::option(Some(made.clone())));
                Ok(made)
            }
            _ => invalid(),
        }
    }

    /// Permits, tasks that have not come to a meeting, or what is under way.
    fn of_gate(&mut self, gate: &Rc<Gate>, name: &str, arguments: &[Value]) -> Eval {
        let count = &gate.count;
        match (name, arguments) {
            ("hold", [work]) => {
                if count.get() == 0 {
                    return Err(Leave::Invalid("no permit is free"));
                }
                count.set(count.get() - 1);
                let ended = self.invoke(work, Vec::new());
                count.set(count.get() + 1);
                ended
            }
            ("try_acquire", []) => {
                let is_free = count.get() > 0;
                count.set(count.get() - i128::from(is_free));
                Ok(Value::Bool(is_free))
            }
            ("release", []) => {
                count.set(count.get() + 1);
                Ok(Value::Unit)
            }
            ("available", []) => Ok(Value::int(count.get())),
            ("add", [Value::Int(_, more)]) => {
                count.set(count.get() + more);
                Ok(Value::Unit)
            }
            ("done", []) => {
                count.set(count.get() - 1);
                Ok(Value::Unit)
            }
            ("wait", []) => {
                // To come is to be counted; a group counts by `done`.
                let comes = i128::from(gate.is_barrier);
                count.set(count.get() - comes);
                let is_last = count.get() == 0;
                if !is_last && !self.run_until(&|| count.get() == 0)? {
                    return Err(Leave::Invalid("a meeting to which not all come"));
                }
                Ok(if gate.is_barrier { Value::Bool(is_last) } else { Value::Unit })
            }
            _ => invalid(),
        }
    }
}
