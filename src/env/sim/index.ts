/** The door of env/sim: a world in which one seed decides everything. */
export { type DiskSpeed, kindOfPath, USUAL_SPEED } from './disk-faults.ts';
export { Machine } from './machine.ts';
export type { DirectedFault } from './occasions.ts';
export { CALM_NETWORK, type NetworkFaults } from './network-faults.ts';
export { type CpuSpeed, USUAL_CPU } from './sim-cpu.ts';
export type { SimDisk } from './sim-disk.ts';
export { Simulation, type SimulationOptions } from './simulation.ts';
