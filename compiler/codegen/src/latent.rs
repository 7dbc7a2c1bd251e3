//! Spawning and awaiting tasks that have no record unless somebody asks for one: `wyn_hot::latent` tells how they live.
//!
//! The local of such a future is the task's memory in the frame, which begins with the word that says what it is and in the
//! end names its record. Nothing else in the body sees the local ([`wyn_mir::latent`]).

use core::mem::offset_of;

use inkwell::basic_block::BasicBlock;
use inkwell::values::PointerValue;
use rustc_hash::FxHashMap;
use wyn_abi::{AwaitSite, LatentTask, RunFrame};
use wyn_base::Span;
use wyn_mir::latent::Spawned;
use wyn_mir::{Body, BodyId, BodyRef, Local, Operand, Place, SpawnMode};

use crate::Result;
use crate::body::BodyCx;
use crate::statics::StaticStruct;
use crate::task::InPlace;

/// The latent tasks of a body, by the locals of their futures.
pub(crate) struct Latents<'c> {
    spawned: FxHashMap<Local, Spawned>,
    /// Their descriptors, by which compiled code tells whether they have begun: one for each.
    descriptors: FxHashMap<Local, PointerValue<'c>>,
}

impl Latents<'_> {
    /// Of this body.
    pub(crate) fn of(body: &Body) -> Self {
        Self { spawned: wyn_mir::latent::of(body).into_iter().collect(), descriptors: FxHashMap::default() }
    }

    /// Whether a place is the local of such a future.
    pub(crate) fn is(&self, place: &Place) -> bool {
        place.as_local().is_some_and(|local| self.spawned.contains_key(&local))
    }
}

impl<'c> BodyCx<'_, 'c, '_> {
    /// The memory of the task whose future the local is, with room for the arguments; none if it is no such local.
    pub(crate) fn latent_memory(&self, local: Local) -> Result<Option<PointerValue<'c>>> {
        let Some(spawned) = self.latents.spawned.get(&local) else { return Ok(None) };
        let cx = self.b.cx;
        let args = cx.row_layout(&cx.task_args(spawned.body))?;
        let bytes = (LatentTask::frame(args.size as usize) + size_of::<RunFrame>()) as u32;
        let memory = cx.context.i8_type().array_type(bytes);
        self.b.alloca_typed(memory, align_of::<LatentTask>() as u64, "latent").map(Some)
    }

    fn latent_args(&self, latent: PointerValue<'c>) -> Result<PointerValue<'c>> {
        self.b.offset(latent, LatentTask::ARGS as u64)
    }

    fn latent_descriptor(&mut self, local: Local, spawned: Spawned) -> Result<PointerValue<'c>> {
        if let Some(known) = self.latents.descriptors.get(&local) {
            return Ok(*known);
        }
        let Spawned { body, span } = spawned;
        let descriptor = self.b.cx.task_descriptor(SpawnMode::Joined, body, span, &self.body.name)?;
        self.latents.descriptors.insert(local, descriptor);
        Ok(descriptor)
    }

    /// Spawns a task without a record.
    pub(crate) fn spawn_latent(&mut self, local: Local, body: &BodyRef, operands: &[Operand]) -> Result<()> {
        let latent = self.local(local)?;
        self.put_args(body, operands, self.latent_args(latent)?)?;
        let descriptor = self.latent_descriptor(local, self.latents.spawned[&local])?;
        self.b.call("wyn_latent_spawn", &[self.b.fiber.into(), latent.into(), descriptor.into()])?;
        Ok(())
    }

    /// The record of a task that was spawned without one.
    pub(crate) fn latent_record(&mut self, local: Local) -> Result<PointerValue<'c>> {
        let latent = self.local(local)?;
        self.b.call_ptr("wyn_latent_record", &[self.b.fiber.into(), latent.into()])
    }

    /// Calls the body of an awaited task here, as its task, if it has no record and all is as it mostly is; goes to `done` with
    /// its result. Writing goes on where its record, which is given, has to be awaited, whether this has run it or not.
    pub(crate) fn run_latent(
        &mut self,
        local: Local,
        task: BodyId,
        dest: &Place,
        done: BasicBlock<'c>,
        span: Span,
    ) -> Result<PointerValue<'c>> {
        let latent = self.local(local)?;
        let descriptor = self.latent_descriptor(local, self.latents.spawned[&local])?;
        let site = self.await_site(descriptor, span);
        let args = self.latent_args(latent)?;
        let b = &self.b;
        let fiber = b.fiber.into();
        let size = b.cx.row_layout(&b.cx.task_args(task))?.size;
        let frame = b.offset(latent, LatentTask::frame(size as usize) as u64)?;
        let begun = [fiber, latent.into(), descriptor.into(), site.into()];
        let begun = b.call_int("wyn_latent_begin", &begun)?;
        let call = InPlace {
            task,
            frame,
            begun,
            body: &|b, caught| b.call_task_on(task, descriptor, args, Some(caught)),
            end: &|b| b.call_int("wyn_latent_end", &[fiber, latent.into(), site.into()]),
            record: &|b| b.call_ptr("wyn_latent_record", &[fiber, latent.into()]),
        };
        self.run_in_place(&call, dest, done)?;
        self.latent_record(local)
    }

    /// What the runtime is to know of an await.
    fn await_site(&self, descriptor: PointerValue<'c>, span: Span) -> PointerValue<'c> {
        let cx = self.b.cx;
        let mut site = StaticStruct::new(size_of::<AwaitSite>());
        site.set(offset_of!(AwaitSite, desc), 8, descriptor);
        site.set(offset_of!(AwaitSite, at), 8, cx.location(span, &self.body.name));
        cx.static_data("await", site.finish(cx), 8).as_pointer_value()
    }
}
