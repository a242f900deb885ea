"""Constants of nature (SI, exact since 2019), a year, a quantile of the standard normal."""

BOLTZMANN = 1.380649e-23  # J/K
CHARGE = 1.602176634e-19  # C
BOLTZMANN_VOLTAGE = BOLTZMANN / CHARGE  # V/K

YEAR = 31557600.0  # s, Julian

NORMAL_90 = 1.2815515655446004  # 90 % quantile of the standard normal
