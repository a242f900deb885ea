"""Small scenarios that use every form of sweeps, searches, sensitivity studies and clusters."""

SWEPT = """
name: swept
seed: 3
device: {sheet: wan_2022}
array: {rows: 8, cols: 8, wires: {r_word: 1 ohm, r_bit: 1 ohm}, adc: {bits: 6}}
tasks: [{name: cell, kind: array, scheme: V/2, v_write: 1 V, t_write: 100 ns}]
ages: [1 s]
sweep:
  axes:
    array.rows: {range: {from: 4, to: 6, step: 2}}
    array.v_read: {linspace: {from: 0.1 V, to: 200 mV, num: 1}}
    temperature: {random: {num: 1, truncnormal: {mean: 25 degC, sd: 5 K, from: 290 K, to: 310 K}}}
  zip:
    - array.cols: {values: [4, 8]}
      tasks.cell.t_write: {logspace: {from: 10 ns, to: 1 us, num: 2}}
  sample:
    method: sobol
    num: 2
    seed: 4
    axes:
      array.wires.r_bit: {lognormal: {median: 1 ohm, sigma: 0.5}}
      array.wires.r_word: {triangular: {from: 1 ohm, to: 3 ohm, mode: 2 ohm}}
  when:
    - if: {array.rows: "> 4", tasks.0.scheme: V/2}
      axes: {array.adc.bits: [4, 5]}
    - if: {array.adc.bits: 4, array.cols: "!= 8"}
      sample:
        method: latin_hypercube
        num: 2
        axes: {tasks.cell.v_write: {beta: {a: 2, b: 1, from: 1 V, to: 2 V}}}
  exclude: [{array.rows: 4, array.cols: "<= 4"}, {array.v_read: 200 mV, array.cols: 8}]
  trials: 2
  paired: false
  max_points: 200
run:
  engine: inline
"""
SEARCHED = """
name: searched
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}, {name: other, kind: array, scheme: V/3}]
ages: [1 s, 1 day]
search:
  objectives:
    access.energy: {direction: minimize, task: cell, age: 1 s}
    wide: {metric: access.margin, direction: maximize, task: other, age: 1 day}
  constraints: {most: {metric: access.energy, at_most: 1e-9, at_least: 0, task: cell, age: 1 s}}
  axes:
    array.rows: {choice: {values: [8, 16], weights: [1, 2]}}
    array.cols: {integers: {from: 4, to: 9, log: true}}
    array.v_read: {uniform: {from: 0.1 V, to: 0.4 V}}
    tasks.cell.scheme: {choice: [V/2, V/3]}
  points: 6
  generation: 3
  sampler: nsga2
run: {engine: inline}
"""
ANALYSED = """
name: analysed
device: {sheet: wan_2022}
array: {rows: 8, cols: 8, wires: {r_word: 1 ohm}}
tasks: [{name: cell, kind: array}]
ages: [1 s]
sensitivity:
  method: sobol
  num: 2
  second_order: true
  metrics: [access.energy, access.margin]
  axes:
    array.rows: {integers: {from: 8, to: 11}}
    array.wires.r_word: {loguniform: {from: 0.1 ohm, to: 10 ohm}}
    array.v_read: {normal: {mean: 0.2 V, sd: 1 mV}}
sweep: {trials: 2, max_points: 100}
run: {engine: inline}
"""
CLUSTERED = """
name: clustered
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}]
run:
  workers: 2
  cluster:
    kind: slurm
    cores: 4
    memory: 16 GB
    walltime: 1 h
    jobs: {minimum: 1, maximum: 3}
    queue: short
    account: x
    directives: [--exclusive]
    prologue: [module load python]
    interface: ib0
    port: 0
    python: python3
    logs: jobs
    wait: 1 h
"""
