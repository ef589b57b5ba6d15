# What an extension includes after find_package(Slicer): here only that tests can be added.
enable_testing()
