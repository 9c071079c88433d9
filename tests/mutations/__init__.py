"""Defects, made by code in the published templates: what would notice them before anything is deployed?"""
