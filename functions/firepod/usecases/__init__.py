"""What Firepod does: one module and one public function per use case, on ports only."""
