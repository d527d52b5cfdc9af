/** The door of env/sim: a world in which one seed decides everything. */
export { Machine } from './machine.ts';
export { Simulation, type SimulationOptions } from './simulation.ts';
