"""What deployers deploy to: each module gives DESTINATIONS, the makers by the name of the deployer's template.

A maker gets the trial, the stage and the parameters of the pipeline. It makes what the deployer deploys to, and returns
the parameters of the deployer.
"""
