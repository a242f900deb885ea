"""Time series to learn, made or measured, and how far predictions lie from them."""

from xbarsim.tasks.series.delayed import delayed as delayed
from xbarsim.tasks.series.free_run import free_run as free_run
from xbarsim.tasks.series.free_run import nrmse_after as nrmse_after
from xbarsim.tasks.series.henon import henon as henon
from xbarsim.tasks.series.henon import henon_orbit as henon_orbit
from xbarsim.tasks.series.lorenz import lorenz as lorenz
from xbarsim.tasks.series.lorenz import lorenz_solution as lorenz_solution
from xbarsim.tasks.series.mackey_glass import mackey_glass as mackey_glass
from xbarsim.tasks.series.mackey_glass import mackey_glass_solution as mackey_glass_solution
from xbarsim.tasks.series.narma import narma10 as narma10
from xbarsim.tasks.series.narma import narma10_response as narma10_response
from xbarsim.tasks.series.santa_fe import santa_fe as santa_fe
from xbarsim.tasks.series.santa_fe import santa_fe_laser as santa_fe_laser
from xbarsim.tasks.series.scores import LORENZ_EXPONENT as LORENZ_EXPONENT
from xbarsim.tasks.series.scores import nmse as nmse
from xbarsim.tasks.series.scores import nrmse as nrmse
from xbarsim.tasks.series.scores import valid_time as valid_time
from xbarsim.tasks.series.task import SeriesTask as SeriesTask
from xbarsim.tasks.series.task import one_step as one_step
