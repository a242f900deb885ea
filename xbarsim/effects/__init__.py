"""What else happens to the cells of an array, as functions of arrays and of standard-normal `z`.

`stuck` (faulty cells), `telegraph` (random telegraph noise), `noise` (1/f, thermal and shot noise),
`lifetime` (retention and endurance), `thermal` (crosstalk of heat). None of them names a device.
"""
